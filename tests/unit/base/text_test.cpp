#include "base/text.hpp"

#include <doctest/doctest.h>

#include "base/process.hpp"

using namespace libre;

TEST_CASE("shell_quote carries any bytes through sh unchanged") {
  for (const std::string word :
       {"", "a b", "it's", "$HOME `id` \\ \"x\"", "x\ny", "\xff\xfe*?[", "-n", "é"}) {
    const auto output = run({.argv = {"/bin/sh", "-c", "printf %s " + shell_quote(word)}});
    REQUIRE(output);
    CHECK(output->out == word);
  }
}

TEST_CASE("printable leaves no control byte and no invalid UTF-8") {
  CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(printable("\xff\xc3") == "\\xff\\xc3");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("base64 survives a round trip at every length") {
  std::string bytes;
  for (int length = 0; length < 20; ++length) {
    std::string back;
    CHECK(base64_decode(base64_encode(bytes), back));
    CHECK(back == bytes);
    bytes += static_cast<char>(length * 37);
  }
  std::string ignored;
  CHECK_FALSE(base64_decode("abc", ignored));
  CHECK_FALSE(base64_decode("a$==", ignored));
}

TEST_CASE("nearest finds a typo and nothing far away") {
  CHECK(nearest("usrname", {"username", "host", "password"}) == "username");
  CHECK(nearest("zzz", {"username", "host"}).empty());
}

TEST_CASE("sizes and times read well") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1500) == "1.5 kB");
  CHECK(human_bytes(999'999) == "1.0 MB");
  CHECK(human_bytes(12'000'000) == "12 MB");
  CHECK(human_seconds(0.42) == "0.4s");
  CHECK(human_seconds(200) == "3m 20s");
  CHECK(human_seconds(7500) == "2h 05m");
}
