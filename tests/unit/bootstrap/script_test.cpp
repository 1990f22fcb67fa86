#include "bootstrap/script.hpp"

#include <doctest/doctest.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::bootstrap;

namespace {

const std::string nasty = "/tmp/it's a \"home\"\\ with $HOME `x` !! \n; and \xff *";

std::vector<std::string> all_scripts() {
  const ScriptTerms plain{"m4rk3r", "0.1.0-0123456789ab", "0.1.0", 3'000'000, ""};
  const ScriptTerms odd{"m4rk3r", "0.1.0-0123456789ab", "0.1.0", 3'000'000, nasty};
  std::vector<std::string> scripts;
  for (const auto& terms : {plain, odd}) {
    scripts.push_back(start_script(terms));
    scripts.push_back(piece_script(terms, nasty, std::string("\0\xff'!\\\n", 6), true));
    scripts.push_back(piece_script(terms, nasty, "rest", false));
    scripts.push_back(finish_script(terms, nasty));
    scripts.push_back(connect_script(terms, nasty, false));
    scripts.push_back(connect_script(terms, nasty, true));
  }
  return scripts;
}

}  // namespace

TEST_CASE("no script holds a character that some shell interprets between single quotes") {
  for (const auto& script : all_scripts()) {
    CAPTURE(script);
    CHECK(is_literal_everywhere(script));
  }
  for (const char* bad : {"it's", "wow!", "a\\b", "two\nlines", "caf\xc3\xa9"})
    CHECK_FALSE(is_literal_everywhere(bad));
}

TEST_CASE("every POSIX shell parses every script") {
  for (const auto& script : all_scripts())
    for (const std::vector<std::string>& shell :
         {std::vector<std::string>{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}}) {
      auto argv = shell;
      argv.insert(argv.end(), {"-n", "-c", script});
      const auto output = run({.argv = argv});
      REQUIRE(output);
      CAPTURE(script);
      CHECK(output->err == "");
      CHECK(output->exit.ok());
    }
}

TEST_CASE("the command line hands every script unchanged to /bin/sh, in every login shell") {
  for (const auto& name : testing::login_shells())
    for (const auto& script : all_scripts()) {
      testing::World world(name, 0);
      std::string line = command_line(script, entry_stdin);
      REQUIRE(line.starts_with("exec /bin/sh -c "));
      line.replace(0, 16, "exec printf %s:%s ");
      const auto output =
          run({.argv = {world.shell, "-c", line}, .environment = world.environment});
      REQUIRE(output);
      CAPTURE(name);
      CHECK(output->out == script + ":stdin");
    }
}

TEST_CASE("the largest piece of a file fits into one argument") {
  const ScriptTerms terms{"m4rk3r", "0.1.0-0123456789ab", "0.1.0", 3'000'000, nasty};
  const auto line =
      command_line(piece_script(terms, nasty, std::string(60 * 1024, 'x'), true), "stdin");
  CHECK(line.size() < 90'000);
}
