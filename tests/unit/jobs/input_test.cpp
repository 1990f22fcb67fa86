#include <doctest/doctest.h>

#include <signal.h>

#include <thread>

#include "base/files.hpp"

#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

TEST_CASE("a job reads what is sent to it, once, and then the end") {
  World world;
  const auto job = world.submit({.command = "cat; echo done", .with_stdin = true});
  auto& host = world.host();
  REQUIRE(host.write_stdin(job.id, "me", 0, "hello ", false, at_most(20)));
  REQUIRE(
      host.write_stdin(job.id, "me", 0, "hello ", false, at_most(20)));  // sent again after a cut
  REQUIRE(host.write_stdin(job.id, "me", 3, "lo world\n", true, at_most(20)));  // overlaps
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
  CHECK(world.log(job.id) == "hello world\ndone\n");
}

TEST_CASE("who claims a job's input writes on where it is, and the one before is refused") {
  World world;
  const auto job = world.submit({.command = "cat", .with_stdin = true});
  auto& host = world.host();
  REQUIRE(host.write_stdin(job.id, "first", 0, "one\n", false, at_most(20)));
  CHECK(host.claim_stdin(job.id, "second", at_most(20)).value() == 4);
  CHECK(host.write_stdin(job.id, "first", 4, "no\n", false, at_most(20)).error().code ==
        Errc::refused);
  REQUIRE(host.write_stdin(job.id, "second", 4, "two\n", true, at_most(20)));
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
  CHECK(world.log(job.id) == "one\ntwo\n");
  const auto deaf = world.shell("while [ ! -e go ]; do sleep 0.02; done");
  CHECK(host.claim_stdin(deaf.id, "x", at_most(20)).error().code == Errc::refused);
  REQUIRE(write_file_atomic(world.home() / "go", "", 0644));
  world.wait_end(deaf.id);
  CHECK(host.claim_stdin(deaf.id, "x", at_most(20)).error().code == Errc::not_found);
}

TEST_CASE("a claim does not wait for a job that does not read") {
  World world;
  const auto job = world.submit(
      {.command = "while [ ! -e go ]; do sleep 0.02; done; wc -c", .with_stdin = true});
  const std::string much(2u << 20, 'x');
  std::thread first([&] {
    const auto put = world.host().write_stdin(job.id, "first", 0, much, false, at_most(60));
    CHECK(put.error().code == Errc::refused);
  });
  std::uint64_t taken = 0;
  while (taken == 0) {  // until a part of it is in
    taken = world.host().claim_stdin(job.id, "", at_most(20)).value();
  }
  taken = world.host().claim_stdin(job.id, "second", at_most(20)).value();
  first.join();
  REQUIRE(write_file_atomic(world.home() / "go", "", 0644));
  REQUIRE(world.host().write_stdin(job.id, "second", taken, "end", true, at_most(20)));
  world.wait_end(job.id);
  CHECK(std::stoul(world.log(job.id)) == taken + 3);
}

TEST_CASE("without a stdin a job reads nothing") {
  World world;
  CHECK(world.run("cat; echo end") == "end\n");
}

TEST_CASE("a piece of input with a hole before it is refused") {
  World world;
  const auto job = world.submit({.command = "cat", .with_stdin = true});
  CHECK(world.host().write_stdin(job.id, "me", 5, "x", false, at_most(20)).error().code ==
        Errc::usage);
  REQUIRE(world.host().write_stdin(job.id, "me", 0, "", true, at_most(20)));
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
}

TEST_CASE("a job that reads slowly makes the sender wait, and nothing is lost") {
  World world;
  const auto job = world.submit({.command = "read go; wc -c", .with_stdin = true});
  const std::string much(3u << 20, 'x');
  REQUIRE(world.host().write_stdin(job.id, "me", 0, "\n", false, at_most(20)));
  REQUIRE(world.host().write_stdin(job.id, "me", 1, much, true, at_most(60)));
  world.wait_end(job.id);
  CHECK(std::stoul(world.log(job.id)) == much.size());
}

TEST_CASE("a full input does not keep a job from being killed") {
  World world;
  const auto job = world.submit({.command = "exec sleep 997", .with_stdin = true});
  const std::string much(2u << 20, 'x');
  CHECK(world.host()
            .write_stdin(job.id, "me", 0, much, false,
                         {Deadline::after(std::chrono::milliseconds(300)), nullptr})
            .error()
            .code == Errc::timed_out);
  const auto reports = world.host().kill({job.id}, std::chrono::seconds(5), at_most(20));
  REQUIRE(reports);
  CHECK(reports->at(0).gone);
}

TEST_CASE("T7: a payload that exits 3 on a terminal has failed with code 3") {
  World world;
  const auto job = world.submit({.command = "test -t 0 && test -t 1 && stty size; exit 3",
                                 .terminal = true,
                                 .columns = 100,
                                 .rows = 30});
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::failed);
  CHECK(ended.end->shell_code() == 3);
  CHECK(world.log(job.id) == "30 100\r\n");
  const auto shot = world.wait_end(world.submit({.command = "kill -9 $$", .terminal = true}).id);
  CHECK(shot.end->signal == 9);
}

TEST_CASE("a terminal passes input, its end, and a new size") {
  World world;
  const auto job = world.submit({.command = "stty -echo; trap 'stty size' WINCH; echo ready; until "
                                            "read line; do :; done; echo got $line; cat; echo end",
                                 .with_stdin = true,
                                 .terminal = true});
  world.wait_log(job.id, "ready");
  REQUIRE(world.host().resize_terminal(job.id, 77, 22, at_most(20)));
  world.wait_log(job.id, "22 77");
  // The same once more: the program shall draw itself again.
  REQUIRE(world.host().resize_terminal(job.id, 77, 22, at_most(20)));
  world.wait_log(job.id, "22 77\r\n22 77");
  REQUIRE(world.host().write_stdin(job.id, "me", 0, "a line\n", true, at_most(20)));
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
  CHECK(world.log(job.id).find("got a line") != std::string::npos);
}

TEST_CASE("a signal reaches the command's process group, on a terminal the foreground one") {
  World world;
  for (const bool terminal : {false, true}) {
    const auto job = world.submit(
        {.command = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.02; done",
         .terminal = terminal});
    world.wait_log(job.id, "ready");
    REQUIRE(world.host().send_signal(job.id, SIGINT, at_most(20)));
    const auto ended = world.wait_end(job.id);
    CHECK(ended.end->code == 5);
    CHECK(ended.state == JobState::failed);
    CHECK(world.host().send_signal(job.id, SIGINT, at_most(20)).error().code == Errc::not_found);
  }
}
