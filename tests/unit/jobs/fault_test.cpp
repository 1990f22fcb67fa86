#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "jobs/messages.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;
namespace fs = std::filesystem;

namespace {

void kill_supervisor(World& world, std::uint64_t id) {
  const auto state = read_state(world.folder(id));
  REQUIRE(state);
  REQUIRE(::kill(static_cast<pid_t>(state->supervisor_pid), SIGKILL) == 0);
}

}  // namespace

TEST_CASE("a supervisor that is killed makes its job lost, and ends what is left of it") {
  World world;
  const std::string mark = random_id(10);
  const auto job = world.shell("setsid sh -c 'exec -a " + mark +
                               " sleep 9999' & env -i sh -c 'trap \"\" TERM; : " + mark +
                               "; while :; do sleep 0.1; done' & echo up; wait");
  world.wait_log(job.id, "up");
  kill_supervisor(world, job.id);
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::lost);
  CHECK(ended.end->lost == "its supervisor was killed");
  CHECK(ended.end->shell_code() == 1);
  CHECK(count_processes(mark) == 0);
}

TEST_CASE("a supervisor that died while no host was there is found at the next start") {
  World world;
  const auto job = world.shell("echo up; exec sleep 9999");
  world.wait_log(job.id, "up");
  world.stop_host();
  kill_supervisor(world, job.id);
  world.restart_host();
  CHECK(world.wait_end(job.id).state == JobState::lost);
}

TEST_CASE("T8: a job outlives its host and is adopted, with the right code") {
  World world;
  const auto fifo = world.home() / "go";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto job = world.shell("echo before; read x < $HOME/go; echo after $x; exit 6");
  world.wait_log(job.id, "before");
  world.restart_host();
  CHECK(world.host().busy());
  CHECK(world.host().find("last", "", {})->state == JobState::running);
  const Fd writer(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(write_all(writer.get(), "restart\n"));
  const auto ended = world.wait_end(job.id);
  CHECK(ended.end->code == 6);
  CHECK(world.log(job.id) == "before\nafter restart\n");
}

TEST_CASE("T8: an agent that is killed -9 takes no job with it, and an ended job is harvested") {
  World world;
  world.stop_host();
  const pid_t agent = ::fork();
  if (agent == 0) {
    auto host = LocalJobHost::open({.state_root = world.state(),
                                    .runtime_dir = world.root() / "run",
                                    .program = *own_executable()});
    if (host) (void)(*host)->submit({.key = "k", .command = "sleep 0.3; echo done; exit 8"}, {});
    ::kill(::getpid(), SIGKILL);
  }
  REQUIRE(wait_exit(agent, at_most(30)));
  world.restart_host();
  const auto job = world.host().find("last", "", {});
  REQUIRE(job);
  CHECK(world.wait_end(job->id).end->code == 8);
  CHECK(world.log(job->id) == "done\n");
  CHECK(world.submit({.key = "k", .command = "x"}).id == job->id);
}

TEST_CASE("T8: after a reboot a job is lost, and nobody else's process is touched") {
  World world;
  const auto job = world.wait_end(world.shell("true").id);
  world.stop_host();
  // As the disk looks after a power cut: no end, and an identity of another boot with our own pid.
  fs::remove(world.folder(job.id) / "exit.json");
  auto state = *read_state(world.folder(job.id));
  state.boot_id = "another-boot";
  state.supervisor_pid = state.pid = ::getpid();
  REQUIRE(write_state(world.folder(job.id), state));
  world.restart_host();
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::lost);
  CHECK(ended.end->lost == "the machine was restarted");
  CHECK_FALSE(world.host().kill({job.id}, std::chrono::seconds(1), {})->at(0).was_live);
}

TEST_CASE("a supervisor's pid that belongs to another process now is not taken for it") {
  World world;
  const auto job = world.wait_end(world.shell("true").id);
  world.stop_host();
  fs::remove(world.folder(job.id) / "exit.json");
  auto state = *read_state(world.folder(job.id));
  state.supervisor_pid = ::getpid();  // alive, but with other start ticks
  REQUIRE(write_state(world.folder(job.id), state));
  world.restart_host();
  CHECK(world.wait_end(job.id).end->lost == "its supervisor was killed");
}

TEST_CASE(
    "a job that was recorded but never started is forgotten, and a retried submit starts it") {
  World world;
  world.stop_host();
  auto ledger = *Ledger::open(world.state() / "jobs");
  const auto job = *ledger.create({.key = "again", .command = "echo ran"});
  world.restart_host();
  CHECK(world.host().list({}, {})->empty());
  const auto started = world.submit({.key = "again", .command = "echo ran"});
  CHECK(started.id > job.id);
  world.wait_end(started.id);
  CHECK(world.log(started.id) == "ran\n");
}

TEST_CASE("a loss of power that takes state.json makes an accepted job lost, not forgotten") {
  World world;
  const auto job = world.wait_end(world.shell("true").id);
  world.stop_host();
  const auto folder = world.folder(job.id);
  fs::remove(folder / "exit.json");
  auto submitted = *read_submitted(folder);
  CHECK(submitted.boot_id == boot_id());
  submitted.boot_id = "another-boot";
  REQUIRE(write_file_atomic(folder / "job.json", to_json(submitted)));
  SUBCASE("missing") { fs::remove(folder / "state.json"); }
  SUBCASE("empty") { REQUIRE(write_file_atomic(folder / "state.json", "")); }
  world.restart_host();
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::lost);
  CHECK(ended.end->lost == "the machine was restarted");
}

TEST_CASE(
    "a loss of power that empties the record of a job not yet accepted leaves no trace of it") {
  World world;
  world.stop_host();
  auto ledger = *Ledger::open(world.state() / "jobs");
  const auto job = *ledger.create({.key = "k", .command = "true"});
  REQUIRE(write_file_atomic(world.folder(job.id) / "job.json", ""));
  world.restart_host();
  CHECK(world.host().list({}, {})->empty());
  CHECK_FALSE(fs::exists(world.folder(job.id)));
}

TEST_CASE("a job that never started and cannot be removed is left out, and the host starts") {
  World world;
  REQUIRE_MESSAGE(::geteuid() == 0, "this test mounts a folder: run it as root");
  world.stop_host();
  auto ledger = *Ledger::open(world.state() / "jobs");
  const auto stuck = *ledger.create({.key = "again", .command = "echo ran"});
  const auto torn = *ledger.create({.key = "torn", .command = "echo ran"});
  REQUIRE(write_file_atomic(world.folder(torn.id) / "state.json", "{\"supervisor"));
  // A mount point cannot be renamed.
  const auto folder = world.folder(stuck.id);
  REQUIRE(::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) == 0);
  world.restart_host();
  CHECK(world.host().list({}, {})->empty());
  CHECK_FALSE(world.host().kill({stuck.id}, std::chrono::seconds(1), at_most(10)));
  const auto started = world.submit({.key = "again", .command = "echo ran"});
  CHECK(started.id > torn.id);
  world.wait_end(started.id);
  CHECK(::umount2(folder.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("one folder that cannot be read does not hide the others") {
  World world;
  const auto bad = world.wait_end(world.shell("true").id);
  const auto good = world.wait_end(world.shell("true").id);
  REQUIRE(write_file_atomic(world.folder(bad.id) / "job.json", "{\"id\": tor"));
  world.restart_host();
  const auto jobs = world.host().list({}, {});
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 1);
  CHECK(jobs->at(0).id == good.id);
}

TEST_CASE("a supervisor that cannot be started leaves no job") {
  World world;
  auto host = LocalJobHost::open({.state_root = world.root() / "other",
                                  .runtime_dir = world.root() / "run2",
                                  .program = "/bin/false"});
  REQUIRE(host);
  CHECK_FALSE((*host)->submit({.command = "true"}, {}));
  CHECK((*host)->list({}, {})->empty());
  CHECK_FALSE((*host)->busy());
}

TEST_CASE(
    "a full disk drops output, but the job goes on, and its end is recorded with the reason") {
  World world;
  REQUIRE_MESSAGE(::geteuid() == 0, "this test mounts a small disk: run it as root");
  world.stop_host();
  REQUIRE(make_directories(world.state()));
  REQUIRE(::mount("tmpfs", world.state().c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0);
  struct Unmount {
    fs::path path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  };
  const Unmount unmount{world.state()};
  world.restart_host();
  const auto job = world.shell("head -c 3000000 /dev/zero; echo > $HOME/went-on; exit 3");
  const auto ended = world.wait_end(job.id);
  CHECK(ended.end->code == 3);
  CHECK(ended.end->log_error.find("No space left") != std::string::npos);
  CHECK(fs::exists(world.home() / "went-on"));
  const auto refused = world.host().submit({.command = "true"}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::disk_full);
  CHECK(world.host().list({}, {})->size() == 1);
  world.restart_host();
  CHECK(world.host().find("last", "", {})->end->code == 3);
  fs::remove(world.folder(job.id) / "log");
  CHECK(world.wait_end(world.shell("echo fine").id).state == JobState::succeeded);
}
