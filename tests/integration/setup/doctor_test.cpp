// re doctor against a real server: what it finds, and the exit code.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// The line about something in what `re doctor` printed.
std::string line_about(const std::string& text, const std::string& word, std::size_t from = 0) {
  const auto at = text.find("  " + word + " ", from);
  if (at == std::string::npos) return {};
  const auto begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

}  // namespace

TEST_CASE("re doctor looks at this machine and at an instance, and ends with 0") {
  const Laptop laptop;
  const auto here = laptop.re({"doctor"});
  CHECK_MESSAGE(here.exit.ok(), here.out);
  CHECK(contains(line_about(here.out, "keys"), "id_ed25519"));
  CHECK(contains(line_about(here.out, "agent"), "linux-x86_64"));
  CHECK(line_about(here.out, "login").empty());

  const auto there = laptop.re({"doctor", "testbox"});
  CHECK_MESSAGE(there.exit.ok(), (there.out + there.err));
  const auto begin = there.out.find("\ntestbox\n");
  REQUIRE(begin != std::string::npos);
  for (const char* word : {"login", "agent", "sshd", "home", "disk", "clock", "shell", "python",
                           "uv", "gpu", "system"}) {
    CAPTURE(word);
    CHECK_FALSE(line_about(there.out, word, begin).empty());
  }
  CHECK(contains(line_about(there.out, "home", begin), laptop.remote_home().string()));
  CHECK(contains(line_about(there.out, "clock", begin), "within a second"));
  CHECK(is_json(laptop.re({"doctor", "testbox", "--json"}).out));
  CHECK(laptop.re({"doctor", "local"}).exit.ok());
}

TEST_CASE("a server that forbids forwards is found, with the setting to ask for") {
  const Laptop laptop({.server = {.config = {"AllowStreamLocalForwarding no"}}});
  const auto output = laptop.re({"doctor", "testbox"});
  CHECK_MESSAGE(output.exit.ok(), (output.out + output.err));
  CHECK(contains(output.out, "ask for AllowStreamLocalForwarding yes"));
}

TEST_CASE(
    "a machine that cannot be reached, or a broken configuration, ends with 1 and the reason") {
  const Laptop laptop;
  laptop.home.write(".recompute.conf", "[instance 0]\nname = gone\nhost = 127.0.0.1\nport = 1\n");
  const auto gone = laptop.re({"doctor", "gone"});
  CHECK(gone.exit.code == 1);
  CHECK(contains(line_about(gone.out, "login"), "refused"));
  laptop.home.write(".recompute.conf", "[instance 0]\nhsot = a\n");
  const auto broken = laptop.re({"doctor"});
  CHECK(broken.exit.code == 1);
  CHECK(contains(line_about(broken.out, "configuration"), ":2:"));
  CHECK(laptop.re({"doctor", "a", "b"}).exit.code == 2);
}
