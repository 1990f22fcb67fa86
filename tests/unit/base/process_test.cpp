#include "base/process.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>

#include "base/files.hpp"
#include "support/patience.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using libre::testing::soon;
using namespace std::chrono_literals;

TEST_CASE("a program that cannot be started says so before anything of it ran") {
  const test::TemporaryDirectory directory;
  const auto absent = spawn({.argv = {"/no/such/program"}});
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == Errc::not_found);
  CHECK(absent.error().message.find("/no/such/program") != std::string::npos);
  CHECK(spawn({.argv = {"no-such-program-on-path"}}).error().code == Errc::not_found);

  REQUIRE(write_file_atomic(directory / "plain", "#!/bin/sh\n", 0600));
  CHECK(spawn({.argv = {(directory / "plain").string()}}).error().code == Errc::denied);
  CHECK(spawn({.argv = {"/bin/true"}, .directory = "/no/such/directory"}).error().code ==
        Errc::not_found);
  CHECK(spawn({.argv = {}}).error().code == Errc::usage);
}

TEST_CASE("arguments, environment, directory and name reach the program byte for byte") {
  const test::TemporaryDirectory directory;
  auto output = run({.argv = {"/usr/bin/printf", "<%s>", "a b", "", "$x'\"\xff", "\n"}});
  REQUIRE(output);
  CHECK(output->out == "<a b><><$x'\"\xff><\n>");

  output = run({.argv = {"/usr/bin/env"}, .environment = std::vector<std::string>{"A=1", "B=x y"}});
  REQUIRE(output);
  CHECK(output->out == "A=1\nB=x y\n");

  output = run({.argv = {"/bin/pwd"}, .directory = directory.path()});
  REQUIRE(output);
  CHECK(output->out == directory.path().string() + "\n");

  output = run({.argv = {"-login", "-c", "echo \"$0\""}, .program = "/bin/sh"});
  REQUIRE(output);
  CHECK(output->out.find("-login") != std::string::npos);
}

TEST_CASE("run feeds a large input and collects a large output without a deadlock") {
  std::string input;
  for (int i = 0; i < 500'000; ++i) input += std::to_string(i) + "\n";
  const auto output = run({.argv = {"/bin/cat"}}, input, soon());
  REQUIRE(output);
  CHECK((output->out == input));
  CHECK(output->exit.ok());
}

TEST_CASE(
    "run keeps stdout and stderr apart, drops what is over the limit, and survives a deaf child") {
  auto output = run({.argv = {"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}}, {}, soon());
  REQUIRE(output);
  CHECK(output->out == "out\n");
  CHECK(output->err == "err\n");
  CHECK(output->exit == Exit{3, 0});
  CHECK(output->exit.shell_code() == 3);

  output = run({.argv = {"/bin/sh", "-c", "head -c 3000000 /dev/zero"}}, {}, soon(), 100'000);
  REQUIRE(output);
  CHECK(output->exit.ok());
  CHECK(output->out.size() >= 100'000);
  CHECK(output->out.size() < 200'000);

  output = run({.argv = {"/bin/true"}}, std::string(1'000'000, 'x'), soon());
  REQUIRE(output);
  CHECK(output->exit.ok());
}

TEST_CASE("a program killed by a signal is told from one that exits") {
  const auto output = run({.argv = {"/bin/sh", "-c", "kill -9 $$"}}, {}, soon());
  REQUIRE(output);
  CHECK(output->exit == Exit{0, SIGKILL});
  CHECK_FALSE(output->exit.ok());
  CHECK(output->exit.shell_code() == 137);
}

TEST_CASE("the deadline ends the whole process group") {
  const test::TemporaryDirectory directory;
  const std::string script = "sleep 600 & echo $! > child; wait";
  const auto output = run({.argv = {"/bin/sh", "-c", script}, .directory = directory.path()}, {},
                          {.deadline = Deadline::after(500ms)});
  REQUIRE_FALSE(output);
  CHECK(output.error().code == Errc::timed_out);
  const auto text = read_file(directory / "child");
  REQUIRE(text);
  pid_t child = 0;
  std::from_chars(text->data(), text->data() + text->size(), child);
  REQUIRE(child > 0);
  // SIGKILL works a moment after kill(2) has returned.
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  CHECK((!process || wait_for(process.get(), POLLIN, soon())));
}

TEST_CASE("the deadline ends a program that never stops printing") {
  const auto begin = std::chrono::steady_clock::now();
  const auto output =
      run({.argv = {"/bin/sh", "-c", "exec yes"}}, {}, {.deadline = Deadline::after(200ms)}, 1000);
  REQUIRE_FALSE(output);
  CHECK(output.error().code == Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("a waker ends a run") {
  auto waker = Waker::create();
  REQUIRE(waker);
  (*waker)->notify();
  const auto output = run({.argv = {"/bin/sleep", "600"}}, {}, {.waker = waker->get()});
  REQUIRE_FALSE(output);
  CHECK(output.error().code == Errc::interrupted);
}

TEST_CASE("wait_exit leaves a running child alone at its deadline, and reaps it later") {
  const auto pid = spawn({.argv = {"/bin/sleep", "600"}});
  REQUIRE(pid);
  const auto early = wait_exit(*pid, {.deadline = Deadline::after(20ms)});
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Errc::timed_out);
  REQUIRE(::kill(*pid, SIGTERM) == 0);
  const auto end = wait_exit(*pid, soon());
  REQUIRE(end);
  CHECK(*end == Exit{0, SIGTERM});
}

TEST_CASE("a child inherits none of our own descriptors") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  for (const int fd : {pipe->first.get(), pipe->second.get()}) {
    const auto output =
        run({.argv = {"/bin/sh", "-c", "test -e /proc/self/fd/" + std::to_string(fd)}}, {}, soon());
    REQUIRE(output);
    CHECK(output->exit.code == 1);
  }
}

TEST_CASE("an identity is of one process: not of a zombie, nor of another with the same number") {
  const auto pid = spawn({.argv = {"/bin/sleep", "600"}});
  REQUIRE(pid);
  const auto identity = identify(*pid);
  REQUIRE(identity);
  CHECK(is_alive(*identity));
  auto reused = *identity;
  reused.start_ticks += 1;
  CHECK_FALSE(is_alive(reused));
  auto rebooted = *identity;
  rebooted.boot_id = "another";
  CHECK_FALSE(is_alive(rebooted));

  REQUIRE(::kill(*pid, SIGKILL) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(*pid), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(is_alive(*identity));  // a zombie now
  REQUIRE(wait_exit(*pid, soon()));
  CHECK_FALSE(is_alive(*identity));
  const auto gone = identify(*pid);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Errc::not_found);
}
