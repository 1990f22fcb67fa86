// Forwards as people write them.
#include <doctest/doctest.h>

#include <libre/forward.hpp>

using namespace libre;

namespace {

std::string read(std::string_view text) {
  const auto spec = parse_forward(text, false);
  if (!spec) return "error";
  return describe(*spec) + (spec->exact ? " exactly" : "");
}

}  // namespace

TEST_CASE("a forward is written as for ssh -L, and shorter") {
  CHECK(read("6006") == "localhost:6006 -> localhost:6006");
  CHECK(read("8888:80") == "localhost:8888 -> localhost:80 exactly");
  CHECK(read("db:5432") == "localhost:5432 -> db:5432");
  CHECK(read("8888:localhost:80") == "localhost:8888 -> localhost:80 exactly");
  CHECK(read("0:db:80") == "localhost:0 -> db:80");
  CHECK(read("*:8888:db:80") == "*:8888 -> db:80 exactly");
  CHECK(read("127.0.0.2:8888:10.0.0.7:80") == "127.0.0.2:8888 -> 10.0.0.7:80 exactly");
  CHECK(read("[::1]:8888:[fe80::1]:80") == "[::1]:8888 -> [fe80::1]:80 exactly");
  CHECK(read("[fe80::1]:80") == "localhost:80 -> [fe80::1]:80");
  CHECK(parse_forward("5000", true)->reverse);
}

TEST_CASE("what is no forward is refused with a reason") {
  for (const char* text :
       {"", "x", "0", "65536", "80x", "-1", ":80", "a:b:c:d:80", "x:db:80", "1:2:", "70000:db:80",
        "[::1:80", ":1:db:80", "8888:", "99999999999999999999"}) {
    CAPTURE(text);
    const auto spec = parse_forward(text, false);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == Errc::usage);
    CHECK(!spec.error().cause.empty());
    CHECK(!spec.error().hint.empty());
  }
}
