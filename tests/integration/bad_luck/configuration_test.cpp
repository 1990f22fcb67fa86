// Bad input: configurations with mistakes, unknown instances, directories that are no project.
#include <doctest/doctest.h>

#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// A laptop that knows no machine.
struct Desk {
  Home home;
  Desk() { home.write("work/main.py", "print('hi')\n"); }
  Output re(std::vector<std::string> words, const std::string& directory = "work") const {
    words.insert(words.begin(), built_re().string());
    return home.run(std::move(words), home / directory);
  }
  void configure(const std::string& text, unsigned mode = 0600) const {
    home.write(".recompute.conf", text);
    std::filesystem::permissions(home / ".recompute.conf", std::filesystem::perms(mode));
  }
};

}  // namespace

TEST_CASE("without any configuration the instance local works, and a hint shows re sshadd") {
  const Desk desk;
  const auto synced = desk.re({"sync", "python3 main.py"});
  CHECK_MESSAGE(synced.exit.ok(), synced.err);
  CHECK(synced.out == "hi\n");
  CHECK(contains(synced.err, "re sshadd"));
  CHECK_FALSE(contains(desk.re({"sync", "-q", "true"}).err, "re sshadd"));
}

TEST_CASE("an unknown instance is answered with those that exist and the nearest") {
  const Desk desk;
  desk.configure(
      "[instance 0]\nname = gpu-big\nhost = 127.0.0.1\n[instance 1]\nname = cpu\nhost = "
      "127.0.0.2\n");
  const auto before = image_of(desk.home.path());
  const auto output = desk.re({"list", "--instance", "gpu-bog"});
  CHECK(output.exit.code != 0);
  CHECK(contains(output.err, "there is no instance \"gpu-bog\""));
  CHECK(contains(output.err, "local, gpu-big, cpu"));
  CHECK(contains(output.err, "did you mean \"gpu-big\"?"));
  CHECK(output.out.empty());
  CHECK(image_of(desk.home.path()) == before);
}

TEST_CASE("a mistake in the configuration is answered with its file, its line and what to write") {
  struct Mistake {
    std::string text, line, sentence, hint;
  };
  const std::vector<Mistake> mistakes = {
      {"[general]\n[instance 0]\nhost = a\nusrname = me\n", ":4:", "usrname", "username"},
      {"[general]\ncolour = red\n", ":2:", "colour", "instance, remote_home"},
      {"[instance 0]\nhost = a\nport = 70000\n", ":3:", "\"70000\" is no port", "1 to 65535"},
      {"[instance 0]\nhost = a\nport = ssh\n", ":3:", "\"ssh\" is no port", "port = 22"},
      {"[genral]\ninstance = 0\n", ":1:", "genral", "general"},
      {"[instance x]\nhost = a\n", ":1:", "x", "[instance 0]"},
      {"[instance 0]\nname = a\n", ":1:", "no host", "host ="},
      {"[instance 0]\nhost = a\nthis is no line\n", ":3:", "", ""},
      {"[instance 0]\nhost = \"a\"\n", ":2:", "quotes", "host = a"},
  };
  const Desk desk;
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.text);
    desk.configure(mistake.text);
    const auto before = image_of(desk.home.path());
    const auto output = desk.re({"list"});
    CHECK(output.exit.code == 2);
    CHECK(contains(output.err, (desk.home / ".recompute.conf").string() + mistake.line));
    CHECK(contains(output.err, mistake.sentence));
    CHECK(contains(output.err, mistake.hint));
    CHECK(contains(output.err, "try: "));
    CHECK(image_of(desk.home.path()) == before);
  }
}

TEST_CASE(
    "a password that others can read is refused, with the command that mends it and not the "
    "password") {
  const Desk desk;
  desk.configure("[instance 0]\nhost = 127.0.0.1\npassword = s3cret-w0rd\n", 0644);
  const auto output = desk.re({"list"});
  CHECK(output.exit.code == 2);
  CHECK(contains(output.err, "others can read it"));
  CHECK(contains(output.err, "chmod 600 "));
  CHECK_FALSE(contains(output.out + output.err, "s3cret-w0rd"));
}

TEST_CASE("a directory that is no project is said to be none, and nothing in it changes") {
  const Desk desk;
  REQUIRE(
      desk.re({"list"}).exit.ok());  // brings the agent, so that the next ones have nothing to do
  const auto before = image_of(desk.home / "work");
  const std::vector<std::vector<std::string>> commands = {
      {"log"}, {"rsync", "--dry-run"}, {"pull", "main.py"}};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    const auto output = desk.re(command);
    CHECK(output.exit.code != 0);
    CHECK(contains(output.err, "is not inside a project"));
    CHECK(contains(output.err, "re init"));
    CHECK(output.out.empty());
  }
  CHECK(desk.re({"list"}).exit.ok());
  CHECK(desk.re({"kill", "77"}).exit.code != 0);
  CHECK(image_of(desk.home / "work") == before);
}

TEST_CASE("a home directory becomes no project, whatever is asked") {
  const Desk desk;
  const auto before = image_of(desk.home.path());
  for (const auto* command : {"init", "rsync"}) {
    const auto output = desk.re({command}, ".");
    CHECK(output.exit.code == 2);
    CHECK(contains(output.err, "it is your home directory"));
  }
  CHECK(image_of(desk.home.path()) == before);
}
