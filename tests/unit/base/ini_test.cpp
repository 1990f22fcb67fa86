#include "base/ini.hpp"

#include <doctest/doctest.h>

using namespace libre;

TEST_CASE("entries come in order, with their section and line") {
  const auto entries = parse_ini(
      "; a comment\n"
      "top = 1\n"
      "\n"
      "[general]\r\n"
      "instance = 0 ; inline\r\n"
      "  remote_home = projects/\n"
      "[instance 0]\n"
      "# another\n"
      "password = a=b;c\n"
      "empty =\n",
      "file");
  REQUIRE(entries);
  REQUIRE(entries->size() == 5);
  const auto is = [&](std::size_t i, const char* section, const char* key, const char* value,
                      int line) {
    const auto& entry = (*entries)[i];
    CHECK(entry.section == section);
    CHECK(entry.key == key);
    CHECK(entry.value == value);
    CHECK(entry.line == line);
  };
  is(0, "", "top", "1", 2);
  is(1, "general", "instance", "0", 5);
  is(2, "general", "remote_home", "projects/", 6);
  is(3, "instance 0", "password", "a=b;c", 9);
  is(4, "instance 0", "empty", "", 10);
}

TEST_CASE("a line that is no setting is named with its file and number") {
  const auto entries = parse_ini("[general]\nok = 1\nnonsense\n", "/home/u/.recompute.conf");
  REQUIRE_FALSE(entries);
  CHECK(entries.error().code == Errc::config);
  CHECK(entries.error().message.starts_with("/home/u/.recompute.conf:3:"));
  CHECK(entries.error().cause.find("nonsense") != std::string::npos);
  const auto secret = parse_ini("password hunter2\n", "f");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().describe().find("password") != std::string::npos);
  CHECK(secret.error().describe().find("hunter2") == std::string::npos);
  const auto section = parse_ini("a = 1\n[general\n", "f");
  REQUIRE_FALSE(section);
  CHECK(section.error().message.starts_with("f:2:"));
}

TEST_CASE("a line that inih cannot take whole is refused with its number, never cut") {
  const auto fits = parse_ini("key = " + std::string(150, 'v') + "\nnext = 1", "f");
  REQUIRE(fits);
  CHECK(fits->at(0).value == std::string(150, 'v'));
  CHECK(fits->at(1).key == "next");
  for (std::size_t length = 180; length < 210; ++length) {
    const auto entries = parse_ini("a = 1\nkey = " + std::string(length, 'v') + "\n", "f");
    if (entries)
      CHECK(entries->at(1).value.size() == length);
    else
      CHECK(entries.error().message == "f:2: this line is too long");
    CHECK((length < 200 || !entries));
  }
  CHECK(parse_ini("; " + std::string(3000, 'c') + "\n", "f")->empty());
}

TEST_CASE("a byte that no text has is refused, not cut off silently") {
  CHECK_FALSE(parse_ini(std::string_view("key = a\0b\n", 10), "f"));
}

TEST_CASE("an empty text has no entries") {
  CHECK(parse_ini("", "f")->empty());
  CHECK(parse_ini("\n\n ; x\n", "f")->empty());
}
