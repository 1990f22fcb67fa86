#include <doctest/doctest.h>

#include "base/json_described.hpp"

namespace sample {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
  std::int64_t pid = 0;
  std::string name{};
  bool operator==(const Inner&) const = default;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (pid, name))

struct Outer {
  bool flag = false;
  std::uint64_t size = 7;
  std::uint16_t small = 0;
  double ratio = 0;
  std::string text = "default";
  Colour colour = Colour::red;
  std::vector<Inner> inners{};
  std::map<std::string, std::string> map{};
  std::optional<Inner> maybe{};
  bool operator==(const Outer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (flag, size, small, ratio, text, colour, inners, map, maybe))

}  // namespace sample

LIBRE_JSON(sample::Outer)

using namespace libre;
using sample::Outer;

static std::string complaint(std::string_view json) {
  const auto read = from_json<Outer>(json);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::protocol);
  return read.error().message;
}

TEST_CASE("a described struct survives the way through JSON") {
  Outer outer;
  outer.flag = true;
  outer.size = ~std::uint64_t{0};
  outer.small = 65535;
  outer.ratio = 0.1;
  outer.text = "tab\t \"quote\" caf\xc3\xa9 \x01";
  outer.colour = sample::Colour::green;
  outer.inners = {{-5, "a"}, {std::int64_t{1} << 62, ""}};
  outer.map = {{"K", "V"}, {"", "x y"}};
  outer.maybe = sample::Inner{1, "m"};
  const auto text = to_json(outer);
  CHECK(text.find('\n') == std::string::npos);
  const auto back = from_json<Outer>(text);
  REQUIRE(back);
  CHECK((*back == outer));
}

TEST_CASE("strings that are not UTF-8 travel as base64 and come back as they were") {
  Outer outer;
  outer.text = std::string("caf\xe9 \0 \xff", 8);
  outer.map = {{"K", "\xff\xfe"}};
  const auto text = to_json(outer);
  CHECK(text.find("\"text\":{\"base64\":\"") != std::string::npos);
  const auto back = from_json<Outer>(text);
  REQUIRE(back);
  CHECK((*back == outer));
}

TEST_CASE("missing fields keep their default and unknown ones are passed over") {
  const auto read = from_json<Outer>(R"({"flag":true,"later":{"a":[1]}})");
  REQUIRE(read);
  CHECK(read->flag);
  CHECK(read->size == 7);
  CHECK(read->text == "default");
  CHECK_FALSE(read->maybe);
}

TEST_CASE("a wrong type is named with its path") {
  CHECK(complaint(R"({"inners":[{"pid":1},{},{"pid":"x"}]})") ==
        "inners[2].pid: expected an integer");
  CHECK(complaint(R"({"flag":1})") == "flag: expected true or false");
  CHECK(complaint(R"({"size":-1})") == "size: expected an integer");
  CHECK(complaint(R"({"size":1.5})") == "size: expected an integer");
  CHECK(complaint(R"({"small":65536})") == "small: expected an integer");
  CHECK(complaint(R"({"ratio":"1"})") == "ratio: expected a number");
  CHECK(complaint(R"({"ratio":1e400})") == "ratio: expected a number");
  CHECK(complaint(R"({"text":null})") == "text: expected a string");
  CHECK(complaint(R"({"text":{"base64":"?"}})") == "text: expected a string");
  CHECK(complaint(R"({"colour":"blue"})") == "colour: expected a known name");
  CHECK(complaint(R"({"inners":{}})") == "inners: expected an array");
  CHECK(complaint(R"({"map":[]})") == "map: expected an object");
  CHECK(complaint(R"({"map":{"K":1}})") == "map.K: expected a string");
  CHECK(complaint(R"({"maybe":{"pid":[]}})") == "maybe.pid: expected an integer");
  CHECK(complaint("[]") == "JSON: expected an object");
}

TEST_CASE("text that is no JSON, or too deep, is refused") {
  CHECK(complaint("") == "invalid JSON");
  CHECK(complaint("{") == "invalid JSON");
  CHECK(complaint("{} x") == "invalid JSON");
  CHECK(complaint(std::string(100'000, '[')) == "invalid JSON");
  CHECK(complaint("{\"text\":\"\xff\"}") == "invalid JSON");
}
