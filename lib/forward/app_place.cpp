#include "forward/app_place.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "forward/address.hpp"

namespace libre::forward {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t token_length = 48;  // 248 bits

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::vector<std::string> words_of(const std::string& line) {
  auto words = split(line, ' ');
  std::erase(words, "");
  return words;
}

// "0100007F:22B8"; the address is one that reaches whoever connects to the loopback.
bool is_loopback_port(const std::string& text, int port) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return false;
  int number = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), number, 16);
  const auto address = text.substr(0, colon);
  return number == port &&
         (address == "0100007F" || address.find_first_not_of('0') == std::string::npos ||
          address == "00000000000000000000000001000000");
}

}  // namespace

Result<AppPlace> make_app_place(const AppRequest& request, const fs::path& state) {
  if (!is_name(request.name)) return Error{Errc::usage, "an app cannot have this name"};
  AppPlace place;
  LIBRE_TRY(const auto listening, listen_tcp({}, 0, false));
  place.port = listening.port;
  LIBRE_CHECK(make_private_directory(state / "apps"));
  const auto file = state / "apps" / (request.name + ".token");
  place.token_file = file.string();
  if (const auto text = read_file(file, 4096); text && !trim(*text).empty()) {
    place.token = trim(*text);
    return place;
  }
  place.token = random_id(token_length);  // alone in its file: Jupyter takes all of it
  LIBRE_CHECK(write_file_atomic(file, place.token));
  return place;
}

ListenerInfo find_listener(std::string_view table, int port, unsigned uid) {
  ListenerInfo info;
  for (const auto& line : split_lines(table)) {
    // number: local address, remote address, state, queues, timer, retransmits, uid …
    const auto words = words_of(line);
    if (words.size() < 8 || words[3] != "0A" || !is_loopback_port(words[1], port)) continue;
    const bool ours = words[7] == std::to_string(uid);
    info.ours = ours && (!info.listens || info.ours);
    info.listens = true;
  }
  return info;
}

ListenerInfo find_listener(int port) {
  // Files of proc have no size, and the tables of a busy machine are long.
  constexpr std::uint64_t limit = 64u << 20;
  const auto uid = static_cast<unsigned>(::geteuid());
  const auto v4 = find_listener(read_file("/proc/net/tcp", limit).value_or(""), port, uid);
  const auto v6 = find_listener(read_file("/proc/net/tcp6", limit).value_or(""), port, uid);
  if (!v4.listens || !v6.listens) return v4.listens ? v4 : v6;
  return {true, v4.ours && v6.ours};
}

}  // namespace libre::forward
