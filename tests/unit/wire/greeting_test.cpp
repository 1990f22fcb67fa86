#include "wire/greeting.hpp"

#include <doctest/doctest.h>

using namespace libre;
using namespace libre::wire;

TEST_CASE("a greeting lies on the wire as documented") {
  CHECK(encode(Greeting{0x0102, "1.2"}) == std::string("\xffre\n\x02\x01\x03\0"
                                                       "1.2",
                                                       11));
}

TEST_CASE("a greeting is taken from the front at any split, and what follows is left") {
  const auto bytes = encode(Greeting{7, "0.1.0"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto early = parse_greeting(std::string_view(bytes).substr(0, size));
    REQUIRE(early);
    CHECK_FALSE(*early);
  }
  const auto parsed = parse_greeting(bytes + "frames");
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->greeting.protocol == 7);
  CHECK((*parsed)->greeting.version == "0.1.0");
  CHECK((*parsed)->size == bytes.size());
}

TEST_CASE("noise of a login shell and a greeting that is too long are refused") {
  for (const std::string noise :
       {"W", "Welcome", "\xffr ", "bash: re-agent: command not found\n"}) {
    const auto parsed = parse_greeting(noise);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::protocol);
  }
  auto bytes = encode(Greeting{1, "x"});
  bytes[6] = '\xff';
  bytes[7] = '\xff';
  CHECK_FALSE(parse_greeting(bytes));
}

TEST_CASE("a version text that is too long is cut, so that the other side takes it") {
  const auto bytes = encode(Greeting{1, std::string(70'000, 'v')});
  const auto parsed = parse_greeting(bytes);
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->size == bytes.size());
}

TEST_CASE("only equal protocol numbers can talk, and both versions are named where they cannot") {
  CHECK(check_compatible({protocol_number, "9.9"}));
  const auto refused = check_compatible({protocol_number + 1, "9.9"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::version);
  CHECK(refused.error().cause.find("9.9") != std::string::npos);
  CHECK_FALSE(refused.error().hint.empty());
}
