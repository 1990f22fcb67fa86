// A job's terminal in front of a person, over lines that break.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "support/terminal.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// Prints the size of its terminal again and again, and how often it was interrupted.
constexpr const char* prints_sizes =
    "trap 'echo interrupted; exit 5' INT; while :; do stty size; sleep 0.05; done";

}  // namespace

TEST_CASE("a job's terminal follows the size of our window, in sync and in attach") {
  World world;
  const auto& laptop = world.laptop;
  {
    OnTerminal sync(laptop, {"sync", "--tty", "--no-rsync", prints_sizes});
    REQUIRE_MESSAGE(sync.shows("33 111\r\n"), sync.seen());
    CHECK_FALSE(sync.edits_lines());
    sync.resize({44, 99});
    CHECK(sync.shows("44 99\r\n"));
    sync.type("~.");
    CHECK(sync.end().code == 130);
    CHECK(contains(sync.seen(), "detached; job 1 goes on"));
    CHECK(contains(sync.seen(), "re attach 1"));
    CHECK(sync.edits_lines());
  }
  OnTerminal attach(laptop, {"attach"}, {20, 70});
  REQUIRE_MESSAGE(attach.shows("attached to job 1"), attach.seen());
  CHECK(attach.shows("20 70\r\n"));
  attach.resize({21, 71});
  CHECK(attach.shows("21 71\r\n"));
  attach.type("\x03");
  CHECK(attach.shows("interrupted"));
  CHECK(attach.end().code == 5);
  CHECK(attach.edits_lines());
}

TEST_CASE("while the line is broken one line of the screen says so, and is gone when it heals") {
  World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit(
      {"--no-rsync", "echo before; while [ ! -e go ]; do sleep 0.02; done; echo after; exit 3"});
  OnTerminal follow(laptop, {"log", "-f", job});
  REQUIRE_MESSAGE(follow.shows("before\r\n"), follow.seen());
  const auto begin = follow.seen().size();
  world.proxy.set_refusing(true);
  world.proxy.cut_all();
  CHECK_MESSAGE(follow.shows("connection lost, trying again in "), follow.seen());
  CHECK(follow.shows("(2 s so far)"));
  REQUIRE(write_file_atomic(laptop.mirror() / "go", "", 0644));
  world.proxy.set_refusing(false);
  CHECK(follow.shows("\r\x1b[Kafter\r\n"));
  CHECK(follow.end().code == 3);
  const auto outage = follow.seen().substr(begin);
  CHECK(count_of(outage, "\n") == 1);  // that of "after"
  CHECK(contains(outage, "\r\x1b[Kconnection lost"));
}

TEST_CASE("a terminal's job is left by its keys while the line is broken, and kept for later") {
  World world;
  const auto& laptop = world.laptop;
  {
    OnTerminal sync(laptop, {"sync", "--tty", "--no-rsync", prints_sizes});
    REQUIRE_MESSAGE(sync.shows("33 111\r\n"), sync.seen());
    world.proxy.set_refusing(true);
    world.proxy.cut_all();
    CHECK(sync.shows("connection lost"));
    sync.type("\r~.");
    CHECK(sync.end().code == 130);
    CHECK(contains(sync.seen(), "re attach 1"));
    CHECK(sync.edits_lines());
  }
  world.proxy.set_refusing(false);
  OnTerminal attach(laptop, {"attach", "1"});
  REQUIRE_MESSAGE(attach.shows("33 111\r\n"), attach.seen());
  world.proxy.cut_all();  // heals at once
  attach.resize({50, 50});
  CHECK(attach.shows("50 50\r\n"));
  attach.type("\x03");
  CHECK(attach.end().code == 5);
}
