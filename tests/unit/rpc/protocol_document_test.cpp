// docs/protocol.md shows one exchange as a hexdump; these bytes must be the ones that we send.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "rpc/connection.hpp"

using namespace libre;

namespace {

// The bytes of the hexdump that follows the line `title`.
std::string documented_bytes(const std::string& document, const std::string& title) {
  const auto begin = document.find("\n" + title + "\n");
  REQUIRE(begin != std::string::npos);
  std::string bytes;
  for (const auto& line :
       split_lines(std::string_view(document).substr(begin + title.size() + 2))) {
    if (line.size() < 58 || line[8] != ' ') break;
    for (const auto& digits : split(line.substr(10, 48), ' '))
      if (!digits.empty()) bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
  }
  return bytes;
}

}  // namespace

TEST_CASE("the exchange in docs/protocol.md is the one on the wire") {
  const auto document = read_file(LIBRE_SOURCE_DIR "/docs/protocol.md");
  REQUIRE(document);
  auto streams = make_stream_pair();
  auto client = rpc::Connection::open(std::move(streams->first), {});
  const auto call = client->send("agent.facts", {}, {});
  std::byte buffer[4096];
  const auto size = streams->second->read(buffer, {});
  REQUIRE(size);
  CHECK(as_text(std::span(buffer, *size)) == documented_bytes(*document, "client → agent"));

  REQUIRE(streams->second->write(as_bytes(documented_bytes(*document, "agent → client")), {}));
  const auto reply = client->wait_reply(*call, {});
  REQUIRE(reply);
  CHECK(reply->header == "{}");
}
