// A person at a terminal, through a master: the shell, and the questions of a login.
#include <doctest/doctest.h>

#include <signal.h>

#include "master_helpers.hpp"
#include "support/terminal.hpp"

using namespace libre;
using namespace libre::testing;

TEST_CASE("a shell through a master has a terminal of the right size, and gives its exit code") {
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"rsync"}).exit.ok());
  OnTerminal shell(laptop, {"ssh"});
  shell.type("echo $((40 + 2)) in $(pwd); stty size\n");
  CHECK(shell.shows("42 in " + laptop.mirror().string()));
  CHECK(shell.shows("33 111"));
  shell.resize({44, 99});
  shell.type("stty size; echo oops >&2\n");
  CHECK(shell.shows("44 99"));
  shell.type("exit 5\n");
  CHECK(shell.end().code == 5);
  CHECK(logins(laptop) == 1);
}

TEST_CASE(
    "a password is asked for once on the terminal, and the master has it for the next command") {
  Laptop laptop({.server = {.public_key = false}, .login_shell = "/bin/bash", .password = true});
  const auto config = laptop.home.read(".recompute.conf");
  const auto at = config.find("password = ");
  const auto password = config.substr(at + 11, config.find('\n', at) - at - 11);
  laptop.home.write(".recompute.conf", config.substr(0, at));
  {
    OnTerminal first(laptop, {"list"});
    REQUIRE_MESSAGE(first.shows("password: "), first.seen());
    first.type("wrong\n");
    REQUIRE_MESSAGE(first.shows("password: "), first.seen());
    first.type(password + "\n");
    const auto end = first.end();
    CHECK_MESSAGE(end.ok(), first.seen());
    CHECK_FALSE(contains(first.seen(), password));
  }
  CHECK(masters_of(laptop).size() == 1);
  CHECK(laptop.re({"list"}).exit.ok());
  end_masters(laptop);
  const auto unattended = laptop.re({"list"});
  CHECK(unattended.exit.code == 255);
  CHECK(contains(unattended.err, "nobody could be asked for a password"));
}

TEST_CASE("a login that its person gives up leaves nothing") {
  Laptop laptop({.server = {.public_key = false}, .login_shell = "/bin/bash", .password = true});
  const auto config = laptop.home.read(".recompute.conf");
  laptop.home.write(".recompute.conf", config.substr(0, config.find("password = ")));
  OnTerminal first(laptop, {"list"});
  REQUIRE(first.shows("password: "));
  first.type("\x03");
  CHECK(first.end().code == 130);
  CHECK(eventually([&] { return masters_of(laptop).empty(); }));
  CHECK(socket_of(laptop).empty());
}

TEST_CASE("a size that is on its way when the connection dies reaches the job") {
  const Laptop laptop;
  laptop.init();
  OnTerminal sync(laptop,
                  {"sync", "--tty", "--no-rsync",
                   "trap 'echo interrupted; exit 5' INT; while :; do stty size; sleep 0.05; done"});
  REQUIRE_MESSAGE(sync.shows("33 111\r\n"), sync.seen());
  for (unsigned short columns = 50; columns < 53; ++columns) {
    // The size is to go over a connection of its own, which the master begins to open and never does.
    for (const pid_t master : masters_of(laptop)) ::kill(master, SIGSTOP);
    sync.resize({20, columns});
    (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(300))});
    end_masters(laptop);
    CHECK_MESSAGE(sync.shows("20 " + std::to_string(columns) + "\r\n"), sync.seen());
  }
  sync.type("\x03");
  CHECK_MESSAGE(sync.shows("interrupted"), sync.seen());
  CHECK(sync.end().code == 5);
}

TEST_CASE("a login that takes long says on a terminal what it waits for, and nowhere else") {
  World world;
  end_masters(world.laptop);
  world.proxy.set_delay(std::chrono::milliseconds(600));
  {
    OnTerminal shell(world.laptop, {"ssh"});
    CHECK_MESSAGE(shell.shows("connecting to "), shell.seen());
    shell.type("echo $((40 + 2)) is it; exit\n");
    CHECK_MESSAGE(shell.shows("42 is it"), shell.seen());
    CHECK(shell.end().ok());
    // Nothing of it is left where the shell begins.
    const std::string before = shell.seen().substr(0, shell.seen().find("42 is it"));
    const std::string begin = before.substr(before.rfind("\x1b[K"));
    CHECK_MESSAGE(!contains(begin, "connecting to "), before);
    CHECK_MESSAGE(!contains(begin, "trying the key "), before);
  }
  end_masters(world.laptop);
  const auto begin = std::chrono::steady_clock::now();
  const auto unwatched = world.laptop.re({"list"});
  CHECK(unwatched.exit.ok());
  CHECK(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(2500));
  CHECK_FALSE(contains(unwatched.err, "connecting to "));
}

TEST_CASE(
    "after a break the line of a slow login goes as well, though nothing is said when it "
    "succeeds") {
  World world;
  const auto job = world.laptop.submit({"--no-rsync", "echo begun; sleep 1000"});
  OnTerminal log(world.laptop, {"log", "-f", job});
  REQUIRE_MESSAGE(log.shows("begun"), log.seen());
  world.proxy.set_delay(std::chrono::milliseconds(600));
  end_masters(world.laptop);
  CHECK_MESSAGE(log.shows("connecting to "), log.seen());
  bool wiped = false;
  while (!wiped && log.shows("\x1b[K")) wiped = log.seen().ends_with("\x1b[K");
  CHECK_MESSAGE(wiped, log.seen());
}
