// Single settings, read and changed in a text of which everything else stays as it is.
#include <doctest/doctest.h>

#include <libre/config.hpp>
#include <libre/config_edit.hpp>

#include "base/text.hpp"

using namespace libre;

namespace {

const std::string full =
    "# my machines\n"
    "[general]\n"
    "instance = gpu1 ; the fast one\n"
    "\n"
    "# bought in spring\n"
    "[instance 3]\n"
    "  name=gpu1\n"
    "host = 10.0.0.7\n"
    "\tport : 22\n"
    "password = hidden\n"
    "# ask Ann first\n"
    "\n"
    "; the old one\n"
    "[instance 5]\n"
    "host = cpu.example.org\r\n";

std::string set(const std::string& text, const std::string& name, const std::string& value) {
  const auto changed = with_setting(text, "c.conf", name, value);
  REQUIRE_MESSAGE(changed, (changed ? "" : changed.error().describe()));
  return *changed;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("a setting is read by the name, the number or the host of its instance") {
  for (const char* name : {"gpu1.port", "3.port", "10.0.0.7.port"}) {
    CAPTURE(name);
    const auto found = settings_of(full, "c.conf", name);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().name == "gpu1.port");
    CHECK(found->front().value == "22");
  }
  CHECK(settings_of(full, "c.conf", "general.instance")->front().value == "gpu1");
  CHECK(settings_of(full, "c.conf", "cpu.example.org.host")->front().value == "cpu.example.org");
  CHECK(settings_of(full, "c.conf")->size() == 6);
  const auto machine = settings_of(full, "c.conf", "gpu1");
  REQUIRE(machine);
  REQUIRE(machine->size() == 4);
  CHECK(machine->at(3).secret);
  CHECK(machine->at(3).value.empty());
  CHECK(settings_of(full, "c.conf", "gpu1.shell").error().code == Errc::not_found);
  CHECK(settings_of(full, "c.conf", "gpu2.port").error().hint == "did you mean \"gpu1\"?");
}

TEST_CASE("setting a value changes that value and not one byte besides") {
  CHECK(set(full, "gpu1.port", "2222") == replaced(full, "\tport : 22\n", "\tport : 2222\n"));
  CHECK(set(full, "5.host", "x y") == replaced(full, "cpu.example.org\r\n", "x y\r\n"));
  CHECK(set(full, "general.instance", "5") ==
        replaced(full, "instance = gpu1 ; the", "instance = 5 ; the"));
  CHECK(set(full, "5.host", "b") == replaced(full, "cpu.example.org\r\n", "b\r\n"));
}

TEST_CASE("a new setting comes behind the last one of its section") {
  CHECK(set(full, "general.remote_home", "work/") ==
        replaced(full, "fast one\n", "fast one\nremote_home = work/\n"));
  CHECK(set(full, "gpu1.shell", "zsh") == replaced(full, "= hidden\n", "= hidden\nshell = zsh\n"));
  CHECK(set("", "general.instance", "local") == "[general]\ninstance = local\n");
  CHECK(set("[instance 0]\nhost = a", "0.port", "2") == "[instance 0]\nhost = a\nport = 2\n");
  CHECK(set("[instance 0]\nhost = a\nshell =\n", "0.shell", "zsh") ==
        "[instance 0]\nhost = a\nshell = zsh\n");
  CHECK(set("[instance 0]\nhost = a\nshell = ; none\n", "0.shell", "zsh") ==
        "[instance 0]\nhost = a\nshell = zsh ; none\n");
}

TEST_CASE("what could not be read afterwards is refused, with what was meant") {
  const auto problem = [](const std::string& name, const std::string& value) {
    const auto changed = with_setting(full, "c.conf", name, value);
    REQUIRE(!changed);
    return changed.error();
  };
  CHECK(problem("gpu1.port", "70000").code == Errc::config);
  CHECK(problem("gpu1.prt", "22").hint == "did you mean \"port\"?");
  CHECK(problem("gpu1.port", "").code == Errc::usage);
  CHECK(problem("gpu1", "x").code == Errc::usage);
  CHECK(problem("gpu1.shell", "a\n[instance 9]").code == Errc::usage);
  CHECK(problem("gpu1.shell", "a ; b").code == Errc::usage);
  CHECK(problem("gpu1.shell", "\"zsh\"").code == Errc::config);
  CHECK(problem("gpu1.shell", std::string(300, 'x')).code == Errc::config);
  CHECK(problem("general.instance", "nobody-there").code == Errc::config);
  CHECK(problem("cpu.example.org.name", "gpu1").code == Errc::config);
}

TEST_CASE("removing a setting or an instance leaves the comments and all others") {
  const auto without = [](const std::string& text, const std::string& name) {
    return without_setting(text, "c.conf", name);
  };
  CHECK(*without(full, "gpu1.password") == replaced(full, "password = hidden\n", ""));
  CHECK(without(full, "gpu1.shell").error().code == Errc::not_found);
  CHECK(without(full, "gpu1.host").error().code == Errc::config);
  CHECK(without(full, "general").error().code == Errc::usage);

  const auto dangling = without(full, "gpu1");
  REQUIRE(!dangling);
  CHECK(dangling.error().hint.find("re conf set general.instance") != std::string::npos);
  const auto other_default = set(full, "general.instance", "5");
  const auto forgotten = without(other_default, "gpu1");
  REQUIRE(forgotten);
  CHECK(*forgotten ==
        "# my machines\n[general]\ninstance = 5 ; the fast one\n\n# bought in spring\n"
        "# ask Ann first\n\n; the old one\n[instance 5]\nhost = cpu.example.org\r\n");
  CHECK(parse_config(*forgotten, "c.conf")->instances.size() == 1);
}

TEST_CASE("setting what is set already changes nothing, whatever the text looks like") {
  const auto settings = settings_of(full, "c.conf");
  REQUIRE(settings);
  for (const auto& setting : *settings)
    if (!setting.secret) CHECK(set(full, setting.name, setting.value) == full);
}
