#include <doctest/doctest.h>

#include <thread>

#include "base/files.hpp"
#include "base/process.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

TEST_CASE("a job ends with its command's own code") {
  World world;
  const auto good = world.wait_end(world.shell("true").id);
  CHECK(good.state == JobState::succeeded);
  CHECK(good.end->ended >= good.started);
  CHECK(good.started >= good.submitted);
  CHECK(good.pid > 0);
  const auto bad = world.wait_end(world.shell("exit 3").id);
  CHECK(bad.state == JobState::failed);
  CHECK(bad.end->shell_code() == 3);
  const auto shot = world.wait_end(world.shell("kill -9 $$").id);
  CHECK(shot.state == JobState::failed);
  CHECK(shot.end->signal == 9);
  CHECK(shot.end->shell_code() == 137);
}

TEST_CASE("T5: argv arrives byte for byte") {
  World world;
  const std::vector<std::string> words = {"--name", "a b",  "--q",      "it's", "",
                                          "$HOME",  "x\ny", "\xff\xfe", "*",    "\\"};
  std::vector<std::string> argv = {"printf", "%s\\0"};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto job = world.submit({.argv = argv});
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
  std::string expected;
  for (const auto& word : words) expected += word + '\0';
  CHECK(world.log(job.id) == expected);
  CHECK(world.host().find("last", "", {})->spec.argv == argv);
}

TEST_CASE(
    "a program that is not there, is not executable, or has no directory is told from a failure") {
  World world;
  const auto missing = world.wait_end(world.submit({.argv = {"trian.py"}}).id);
  CHECK(missing.state == JobState::failed);
  CHECK(missing.end->spawn_error.find("trian.py") != std::string::npos);
  CHECK(missing.end->shell_code() == 127);
  REQUIRE(write_file_atomic(world.home() / "data.txt", "no program", 0600));
  const auto data =
      world.wait_end(world.submit({.argv = {(world.home() / "data.txt").string()}}).id);
  CHECK(data.end->shell_code() == 126);
  const auto lost = world.wait_end(world.submit({.directory = "no/such", .argv = {"true"}}).id);
  CHECK(lost.end->spawn_error.find("no/such") != std::string::npos);
}

TEST_CASE("a job runs in its directory, with its variables on top of the user's") {
  World world;
  REQUIRE(make_directories(world.home() / "projects/p q"));
  const auto job = world.submit({.directory = "projects/p q",
                                 .command = "pwd; echo $PWD $X $HOME $RE_JOB_ID; echo $SSH_CLIENT",
                                 .environment = {{"X", "a 'b'"}}});
  world.wait_end(job.id);
  const auto home = world.home().string();
  CHECK(world.log(job.id) ==
        home + "/projects/p q\n" + home + "/projects/p q a 'b' " + home + " 1\n\n");
}

TEST_CASE("both streams are in the log in the order in which they were written") {
  World world;
  CHECK(world.run("for i in 1 2 3 4 5 6 7 8; do echo out$i; echo err$i >&2; done") ==
        "out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4\nout5\nerr5\nout6\nerr6\nout7\nerr7\nout8\n"
        "err8\n");
}

TEST_CASE("a job lasts until the last process of its tree has ended") {
  World world;
  const auto job = world.shell("(setsid sh -c 'sleep 0.3; echo late' &) ; echo early; exit 4");
  const auto ended = world.wait_end(job.id);
  CHECK(ended.end->code == 4);
  CHECK(world.log(job.id) == "early\nlate\n");
}

TEST_CASE("what a job used is recorded") {
  World world;
  const auto job =
      world.wait_end(world.shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").id);
  CHECK(job.end->user_seconds > 0.02);
  CHECK(job.end->peak_memory > 500'000);
}

TEST_CASE("the same key starts a job once, also from several threads and after a restart") {
  World world;
  const JobSpec spec{.key = "k1", .command = "echo ran >> $HOME/ran"};
  std::vector<std::uint64_t> ids(4);
  std::vector<std::thread> threads;
  for (auto& id : ids)
    threads.emplace_back([&] {
      if (const auto job = world.host().submit(spec, {})) id = job->id;
    });
  for (auto& thread : threads) thread.join();
  for (const auto id : ids) CHECK(id == ids[0]);
  world.wait_end(ids[0]);
  world.restart_host();
  CHECK(world.submit(spec).id == ids[0]);
  CHECK(*read_file(world.home() / "ran") == "ran\n");
}

TEST_CASE("T3: two submits at the same instant are two jobs with two logs and two codes") {
  World world;
  JobInfo first, second;
  std::thread other([&] {
    if (const auto job = world.host().submit({.command = "echo one; exit 11"}, {})) first = *job;
  });
  if (const auto job = world.host().submit({.command = "echo two; exit 12"}, {})) second = *job;
  other.join();
  REQUIRE(first.id != second.id);
  CHECK(world.wait_end(first.id).end->code == 11);
  CHECK(world.wait_end(second.id).end->code == 12);
  CHECK(world.log(first.id) == "one\n");
  CHECK(world.log(second.id) == "two\n");
}

TEST_CASE("an id is never used twice, not even when folders are removed") {
  World world;
  const auto first = world.wait_end(world.shell("true").id);
  std::filesystem::remove_all(world.folder(first.id));
  world.restart_host();
  CHECK(world.shell("true").id == first.id + 1);
}

TEST_CASE("a job without exactly one command is refused, and nothing is recorded") {
  World world;
  CHECK(world.host().submit({}, {}).error().code == Errc::usage);
  CHECK(world.host().submit({.argv = {"a"}, .command = "b"}, {}).error().code == Errc::usage);
  CHECK(world.host().submit({.argv = {std::string("a\0b", 3)}}, {}).error().code == Errc::usage);
  CHECK(world.host().list({}, {})->empty());
}

TEST_CASE("the log link points at the newest job's log and never replaces a file of the user") {
  World world;
  const auto link = world.home() / "p.log";
  world.wait_end(world.submit({.command = "echo 1", .log_link = "p.log"}).id);
  CHECK(*read_file(link) == "1\n");
  world.wait_end(world.submit({.command = "echo 2", .log_link = "p.log"}).id);
  CHECK(*read_file(link) == "2\n");
  std::filesystem::remove(link);
  REQUIRE(write_file_atomic(link, "mine"));
  CHECK(world.wait_end(world.submit({.command = "echo 3", .log_link = "p.log"}).id).state ==
        JobState::succeeded);
  CHECK(*read_file(link) == "mine");
}

TEST_CASE("the host is busy while a job lives") {
  World world;
  CHECK_FALSE(world.host().busy());
  const auto job = world.shell("cat /dev/zero > /dev/null");
  CHECK(world.host().busy());
  REQUIRE(world.host().kill({job.id}, std::chrono::milliseconds(0), at_most(20)));
  CHECK(world.wait_end(job.id).state == JobState::killed);
}
