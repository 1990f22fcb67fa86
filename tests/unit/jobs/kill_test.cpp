#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "jobs/log_reader.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

namespace {

KillReport kill_job(World& world, std::uint64_t id, std::chrono::milliseconds grace) {
  const auto reports = world.host().kill({id}, grace, at_most(40));
  REQUIRE_MESSAGE(reports, (reports ? "" : reports.error().describe()));
  REQUIRE(reports->size() == 1);
  return reports->front();
}

// The command is no child of ours, so a pidfd is what can be waited for.
Result<void> wait_until_gone(pid_t pid) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return process ? wait_for(process.get(), POLLIN, at_most(20)) : Result<void>{};
}

// A number of seconds for `sleep` that no other process of this machine has.
std::string unique_sleep() {
  return "9" + std::to_string(100000 + ::getpid()) + std::to_string(::rand() % 1000);
}

}  // namespace

TEST_CASE("T1: killing a job leaves no descendant") {
  World world;
  const std::string span = unique_sleep();
  const auto job = world.submit(
      {.argv = {"sh", "-c",
                "sleep " + span + " & setsid sleep " + span + " & (setsid sh -c 'sleep " + span +
                    " & exec sleep " + span + "' &) ; echo up; wait"}});
  world.wait_log(job.id, "up");
  const auto report = kill_job(world, job.id, std::chrono::seconds(10));
  CHECK(report.was_live);
  CHECK(report.gone);
  CHECK(report.processes >= 4);
  CHECK(count_processes(span) == 0);
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::killed);
  CHECK_FALSE(ended.end->killed_by.empty());
  const auto again = kill_job(world, job.id, std::chrono::seconds(10));
  CHECK_FALSE(again.was_live);
  CHECK(again.gone);
}

TEST_CASE("T2: a job that prints nothing and traps TERM is killed after the grace") {
  World world;
  const auto job =
      world.shell("trap '' TERM; echo > $HOME/trapped; while :; do sleep 1000 & wait; done");
  FolderWatch watch(world.home());
  while (!std::filesystem::exists(world.home() / "trapped")) REQUIRE(watch.wait(at_most(20)));
  const auto report = kill_job(world, job.id, std::chrono::milliseconds(300));
  CHECK(report.gone);
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::killed);
  CHECK(ended.end->signal == SIGKILL);
}

TEST_CASE("a job that ends well when asked to is killed all the same, with its own code") {
  World world;
  const auto job =
      world.shell("trap 'echo saved; exit 7' TERM; echo up; while :; do sleep 0.02; done");
  world.wait_log(job.id, "up");
  CHECK(kill_job(world, job.id, std::chrono::seconds(10)).gone);
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::killed);
  CHECK(ended.end->code == 7);
  CHECK(
      world.log(job.id).ends_with("saved\n"));  // a shell may tell of its sleep, which got TERM too
}

TEST_CASE("stopped processes are killed") {
  World world;
  const auto job = world.shell("echo up; kill -STOP $$; echo never");
  world.wait_log(job.id, "up");
  CHECK(kill_job(world, job.id, std::chrono::seconds(5)).gone);
  CHECK(world.wait_end(job.id).end->signal == SIGTERM);
}

TEST_CASE("short-lived children that fork on and on are ended") {
  World world;
  const std::string mark = "chain" + random_id(8);
  const auto job = world.shell("trap '' TERM; echo up; chain() { (chain " + mark +
                               " &) ; exit; }; for i in 1 2 3; do (chain) & done; wait");
  world.wait_log(job.id, "up");
  CHECK(kill_job(world, job.id, std::chrono::milliseconds(100)).gone);
  CHECK(world.wait_end(job.id).state != JobState::lost);
  CHECK(count_processes(mark) == 0);
}

TEST_CASE("several jobs are killed side by side") {
  World world;
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(world.shell("trap '' TERM; echo up; while :; do sleep 1000; done").id);
    world.wait_log(ids.back(), "up");
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto reports = world.host().kill(ids, std::chrono::milliseconds(1000), at_most(30));
  REQUIRE(reports);
  for (const auto& report : *reports) CHECK(report.gone);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(3500));
}

TEST_CASE("a kill after the command's own end ends what it left, and its code stays its own") {
  World world;
  const auto job = world.shell("setsid sleep 99999 & echo up");
  world.wait_log(job.id, "up");
  const auto pid = static_cast<pid_t>(world.host().find("last", "", {})->pid);
  (void)wait_until_gone(pid);
  CHECK(kill_job(world, job.id, std::chrono::seconds(5)).gone);
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
}

namespace {

// Starts an agent from within the job, as a job does that uses `re` on its own machine.
std::string start_agent(World& world) {
  REQUIRE(::mkfifo((world.home() / "ready").c_str(), 0600) == 0);
  return own_executable()->string() + " serve $HOME/ready & echo agent=$!; read x < $HOME/ready; ";
}

struct Agent {
  Agent(World& world, std::uint64_t job) {
    const auto text = world.log(job);
    pid = std::atoi(text.substr(text.find("agent=") + 6).c_str());
  }
  ~Agent() {
    if (pid > 1) ::kill(pid, SIGKILL);
  }
  bool alive() const { return pid > 1 && ::kill(pid, 0) == 0; }
  pid_t pid = 0;
};

}  // namespace

TEST_CASE("a job ends with its own processes, although it started the agent") {
  World world;
  const auto job = world.shell(start_agent(world) + "(sleep 0.3; echo late) & exit 4");
  world.wait_log(job.id, "agent=");
  const Agent agent(world, job.id);
  CHECK(world.wait_end(job.id).end->code == 4);
  CHECK(world.log(job.id).ends_with("late\n"));
  CHECK(agent.alive());
}

TEST_CASE("a kill of a job that started the agent leaves the agent alone") {
  World world;
  for (const bool orphaned : {false, true}) {
    CAPTURE(orphaned);
    std::filesystem::remove(world.home() / "ready");
    const std::string span = unique_sleep();
    const auto job = world.shell(start_agent(world) + "echo up; sleep " + span + "; :");
    world.wait_log(job.id, "up");
    const Agent agent(world, job.id);
    if (orphaned) {
      ::kill(static_cast<pid_t>(read_state(world.folder(job.id))->supervisor_pid), SIGKILL);
      CHECK(world.wait_end(job.id).state == JobState::lost);
    } else {
      CHECK(kill_job(world, job.id, std::chrono::seconds(5)).gone);
      CHECK(world.wait_end(job.id).state == JobState::killed);
    }
    CHECK(count_processes(span) == 0);
    CHECK(agent.alive());
  }
}

TEST_CASE("killing an unknown job is an error that names it") {
  World world;
  const auto reports = world.host().kill({77}, std::chrono::seconds(1), {});
  REQUIRE_FALSE(reports);
  CHECK(reports.error().code == Errc::not_found);
  CHECK(reports.error().message.find("77") != std::string::npos);
}

TEST_CASE("a kill finds its supervisor after a cleaner removed the sockets") {
  World world;
  const auto job = world.shell("echo up; exec sleep 9999");
  world.wait_log(job.id, "up");
  std::filesystem::remove_all(world.root() / "run");
  CHECK(kill_job(world, job.id, std::chrono::seconds(5)).gone);
}

TEST_CASE("a kill with an unknown id among good ones ends nothing") {
  World world;
  const auto job = world.shell("echo up; read x; exit 0");
  const auto other = world.shell("trap 'echo asked' TERM; echo up; while :; do sleep 0.02; done");
  world.wait_log(other.id, "up");
  const auto reports = world.host().kill({other.id, 77}, std::chrono::seconds(5), at_most(20));
  REQUIRE_FALSE(reports);
  CHECK(reports.error().code == Errc::not_found);
  world.wait_end(job.id);
  REQUIRE(world.host().send_signal(other.id, SIGINT, at_most(10)));
  world.wait_end(other.id);
  CHECK(world.log(other.id).find("asked") == std::string::npos);
}

TEST_CASE("a kill ends a job whose supervisor cannot be reached") {
  World world;
  const auto job = world.shell("trap '' TERM; echo up; while :; do sleep 0.05; done");
  world.wait_log(job.id, "up");
  // A file in the directory's place: the supervisor cannot make its socket anew.
  std::filesystem::remove_all(world.root() / "run");
  REQUIRE(write_file_atomic(world.root() / "run", ""));
  const auto report = kill_job(world, job.id, std::chrono::milliseconds(200));
  CHECK(report.was_live);
  CHECK(report.gone);
  CHECK(world.wait_end(job.id).end->signal == SIGKILL);
  std::filesystem::remove(world.root() / "run");
}
