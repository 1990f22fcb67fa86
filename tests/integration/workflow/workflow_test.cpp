// The original's whole workflow, driven with the real `re` over a real sshd: with a key, with a
// password, and under each login shell.
#include <doctest/doctest.h>
#include <signal.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/laptop.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// init, async, log, log --loop, list, kill, purge, push, pull, sync: one after the other.
void walk_through(Laptop& laptop) {
  laptop.home.write("work/x.py", "print('trained'); open('model.bin', 'w').write('weights')");
  laptop.home.write("work/x/local file", "data");
  if (laptop.home.read(".recompute.conf").empty())
    laptop.init();
  else
    REQUIRE(laptop.re({"init"}).exit.ok());
  CHECK(std::filesystem::exists(laptop.mirror() / "x.py"));

  const auto job = laptop.submit({"python3 x.py"});
  const auto followed = laptop.re({"log", "-f", job});
  CHECK_MESSAGE(followed.exit.ok(), followed.err);
  CHECK(followed.out == "trained\n");
  CHECK(laptop.re({"log"}).out == "trained\n");
  CHECK(laptop.home.read("work/work.log") == "trained\n");

  const auto looped = laptop.submit({"echo one; sleep 0.3; echo two; exit 4"});
  const auto loop = laptop.re({"log", "--loop", "1", looped});
  CHECK(loop.out == "one\ntwo\n");
  CHECK(loop.exit.code == 4);

  const auto sleeper = laptop.submit({"--name", "sleeper", "sleep 300"});
  CHECK(contains(laptop.re({"list"}).out, "sleeper"));
  const auto killed = laptop.re({"kill", sleeper});
  CHECK_MESSAGE(killed.exit.ok(), killed.err);
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"killed\""));
  laptop.submit({"sleep 300"});
  laptop.submit({"sleep 300"});
  CHECK(laptop.re({"purge"}).exit.ok());
  CHECK_FALSE(contains(laptop.re({"list", "--json"}).out, "\"running\""));

  CHECK(laptop.re({"push", "x/local file", "x/"}).exit.ok());
  CHECK(read_file(laptop.mirror() / "x/local file").value_or("") == "data");
  const auto pulled = laptop.re({"pull", "model.bin ."});
  CHECK_MESSAGE(pulled.exit.ok(), pulled.err);
  CHECK(laptop.home.read("work/model.bin") == "weights");

  const auto synced = laptop.re({"sync", "echo out; echo err >&2; exit 3"});
  CHECK(synced.exit.code == 3);
  CHECK(synced.out == "out\n");
  CHECK(contains(synced.err, "err\n"));
}

}  // namespace

TEST_CASE("the whole workflow with a key") {
  Laptop laptop;
  walk_through(laptop);
}

TEST_CASE("T20: the whole workflow with a password, which shows nowhere") {
  Laptop laptop({.login_shell = "/bin/bash", .password = true});
  walk_through(laptop);
  const std::string password =
      std::string(trim(split(laptop.home.read(".recompute.conf"), '=').back()));
  REQUIRE(password.size() > 4);
  for (const auto& root :
       {laptop.home.path(), laptop.remote_home(), std::filesystem::path("/tmp/re-0")})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file() || entry.path().filename() == ".recompute.conf") continue;
      CHECK_MESSAGE(!contains(read_file(entry.path()).value_or(""), password), entry.path());
    }
  const auto processes = run({.argv = {"ps", "axeww"}});
  REQUIRE(processes);
  CHECK_FALSE(contains(processes->out, password));
  const auto verbose = laptop.re({"list", "--verbose"});
  CHECK_FALSE(contains(verbose.out + verbose.err, password));
}

TEST_CASE("the whole workflow where bash is the login shell and its rc file is noisy") {
  Laptop laptop({.login_shell = "/bin/bash",
                 .remote_rc = ".bashrc",
                 .remote_rc_text = "echo welcome; export FROM_RC=1\n"});
  walk_through(laptop);
}

TEST_CASE("the whole workflow where zsh is the login shell") {
  Laptop laptop(
      {.login_shell = "/bin/zsh", .remote_rc = ".zshrc", .remote_rc_text = "echo welcome\n"});
  walk_through(laptop);
}

TEST_CASE("the whole workflow where fish is the login shell") {
  Laptop laptop({.login_shell = "/usr/bin/fish",
                 .remote_rc = ".config/fish/config.fish",
                 .remote_rc_text = "echo welcome\n"});
  walk_through(laptop);
}

TEST_CASE("the whole workflow where dash is the login shell") {
  Laptop laptop(
      {.login_shell = "/bin/dash", .remote_rc = ".profile", .remote_rc_text = "echo welcome\n"});
  walk_through(laptop);
}

TEST_CASE("the workflow where tcsh is the login shell, whose redirections are its own") {
  Laptop laptop(
      {.login_shell = "/bin/tcsh", .remote_rc = ".cshrc", .remote_rc_text = "echo welcome\n"});
  laptop.home.write("work/x.py", "print('trained')");
  laptop.init();
  const auto job = laptop.submit({"python3 x.py"});
  CHECK(laptop.re({"log", "-f", job}).out == "trained\n");
  const auto synced = laptop.re({"sync", "--", "sh", "-c", "echo out; exit 3"});
  CHECK(synced.exit.code == 3);
  CHECK(synced.out == "out\n");
}

TEST_CASE("the whole workflow where busybox sh is the login shell") {
  const ScratchDirectory bin;
  const auto sh = bin.path() / "sh";
  std::filesystem::create_symlink("/bin/busybox", sh);
  std::filesystem::permissions(bin.path(), std::filesystem::perms(0755));
  Laptop laptop(
      {.login_shell = sh.string(), .remote_rc = ".profile", .remote_rc_text = "echo welcome\n"});
  walk_through(laptop);
}

TEST_CASE("T5: arguments arrive byte for byte") {
  Laptop laptop;
  laptop.init();
  const std::vector<std::string> arguments = {"--name", "a b",  "--q",      "it's", "",
                                              "$HOME",  "x\ny", "\xff\xfe", "*",    "-"};
  std::vector<std::string> words = {"sync", "--", "sh", "-c", "printf '%s\\0' \"$@\"", "sh"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::string expected;
  for (const auto& argument : arguments) expected += argument + '\0';
  CHECK(laptop.re(words).out == expected);
}

TEST_CASE("stdin, exit code and signals pass through sync") {
  Laptop laptop;
  laptop.init();
  const std::string input(300'000, 'z');
  const auto echoed = laptop.re({"sync", "--", "cat"}, input);
  CHECK(echoed.exit.ok());
  CHECK(echoed.out == input);
  CHECK(laptop.re({"sync", "kill -9 $$"}).exit.code == 137);
}

TEST_CASE("the first Ctrl-C reaches a job that does not read its input") {
  Laptop laptop;
  laptop.init();
  laptop.home.write("input", std::string(3'000'000, 'z'));
  const Fd input = std::move(*open_read(laptop.home / "input"));
  auto err = std::move(*make_pipe());
  const pid_t re = laptop.home.start({built_re().string(), "sync", "sleep 300"}, laptop.project(),
                                     input.get(), -1, err.second.get());
  err.second.reset();
  REQUIRE(eventually([&] { return contains(laptop.re({"list", "--json"}).out, "\"running\""); }));
  ::kill(re, SIGINT);
  const auto exit = wait_exit(re, {.deadline = Deadline::after(std::chrono::seconds(20))});
  REQUIRE(exit);
  CHECK(exit->code == 130);
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"signal\":2"));
}
