#include "world.hpp"

#include <stdexcept>

namespace libre::testing {

bool echoes(int port, const std::string& text, std::chrono::milliseconds limit) {
  const Wait wait{Deadline::after(limit)};
  const auto stream = dial(port);
  if (!stream->write(as_bytes(text), wait)) return false;
  const auto back = read_exactly(*stream, text.size(), wait);
  return back && *back == text;
}

int number_in(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  return at == std::string::npos ? -1 : std::atoi(json.c_str() + at + name.size() + 3);
}

int World::forward(std::vector<std::string> words) const {
  words.insert(words.begin(), {"forward", "--run-async", "--json"});
  const auto output = laptop.re(words);
  if (!output.exit.ok()) throw std::runtime_error("re forward failed: " + output.err);
  return number_in(output.out, "port");
}

}  // namespace libre::testing
