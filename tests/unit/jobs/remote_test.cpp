#include <doctest/doctest.h>

#include <unistd.h>

#include <csignal>
#include <fstream>

#include <thread>

#include "base/files.hpp"
#include "jobs/messages.hpp"
#include "jobs/remote_job_host.hpp"
#include "jobs/serve_job_host.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

namespace {

// A client and a server over an in-process stream, as over SSH.
class Link {
 public:
  explicit Link(LocalJobHost& host) {
    serve_job_host(service_, host);
    auto pair = *make_stream_pair();
    server_ = std::move(pair.second);
    thread_ = std::thread([this] { (void)rpc::serve(*server_, service_, Log::nowhere()); });
    connection_ = std::make_unique<rpc::Connection>(
        *rpc::Connection::open(std::move(pair.first), at_most(10)));
    remote_ = std::make_unique<RemoteJobHost>(*connection_);
  }
  ~Link() {
    connection_->close();
    server_->close();
    thread_.join();
  }
  RemoteJobHost& host() { return *remote_; }

 private:
  rpc::Service service_;
  std::unique_ptr<Stream> server_;
  std::thread thread_;
  std::unique_ptr<rpc::Connection> connection_;
  std::unique_ptr<RemoteJobHost> remote_;
};

}  // namespace

TEST_CASE("everything that a host can do is done over a connection") {
  World world;
  Link link(world.host());
  auto& host = link.host();
  const auto job = host.submit({.key = "k",
                                .name = "train",
                                .project = "p",
                                .argv = {"sh", "-c", "cat; echo \xff; exit 3"},
                                .with_stdin = true},
                               at_most(20));
  REQUIRE_MESSAGE(job, (job ? "" : job.error().describe()));
  CHECK(host.submit({.key = "k", .command = "x"}, at_most(20))->id == job->id);
  const std::string much(1u << 20, 'y');
  CHECK(host.claim_stdin(job->id, "me", at_most(20)).value() == 0);
  REQUIRE(host.write_stdin(job->id, "me", 0, much, true, at_most(20)));
  std::string bytes;
  const auto sink = [&](const LogChunk& chunk) -> Result<void> {
    CHECK(chunk.offset == bytes.size());
    bytes += chunk.bytes;
    return {};
  };
  std::uint64_t told = 0;
  const auto begin = [&](const JobInfo& chosen, std::uint64_t offset) -> Result<void> {
    told = chosen.id;
    CHECK(offset == 0);
    CHECK(bytes.empty());
    return {};
  };
  const auto ended =
      host.read_log({.job = "train", .project = "p", .follow = true}, begin, sink, at_most(30));
  CHECK(told == job->id);
  REQUIRE(ended);
  CHECK(bytes == much + "\xff\n");
  CHECK(ended->end->code == 3);
  CHECK(ended->spec.argv == job->spec.argv);
  CHECK(host.list({}, at_most(10))->size() == 1);
  CHECK(host.list({.only_live = true}, at_most(10))->empty());
  CHECK(host.find("1", "", at_most(10))->state == JobState::failed);
  CHECK(host.find("trainn", "", at_most(10)).error().code == Errc::not_found);
  CHECK(host.send_signal(job->id, 2, at_most(10)).error().code == Errc::not_found);
}

TEST_CASE("a follow that is woken is cancelled at once, and the connection stays usable") {
  World world;
  Link link(world.host());
  const auto job = link.host().submit(
      {.command = "trap 'exit 5' INT; echo up; while :; do sleep 0.02; done"}, at_most(20));
  REQUIRE(job);
  const auto waker = *Waker::create();
  const auto wake = [&](const LogChunk&) -> Result<void> {
    waker->notify();
    return {};
  };
  const auto woken = link.host().read_log({.follow = true}, {}, wake,
                                          {Deadline::after(std::chrono::seconds(20)), waker.get()});
  REQUIRE_FALSE(woken);
  CHECK(woken.error().code == Errc::interrupted);
  const auto refuse = [](const LogChunk&) -> Result<void> {
    return Error{Errc::io, "cannot write"};
  };
  CHECK(link.host().read_log({.follow = true}, {}, refuse, at_most(20)).error().code == Errc::io);
  REQUIRE(link.host().send_signal(job->id, SIGINT, at_most(10)));
  CHECK(world.wait_end(job->id).end->code == 5);
}

TEST_CASE("a kill is asked for and reported over a connection, and a terminal is resized") {
  World world;
  Link link(world.host());
  const auto job = link.host().submit(
      {.command = "trap 'stty size' WINCH; echo up; while :; do sleep 0.02; done",
       .terminal = true},
      at_most(20));
  REQUIRE(job);
  world.wait_log(job->id, "up");
  REQUIRE(link.host().resize_terminal(job->id, 90, 33, at_most(10)));
  world.wait_log(job->id, "33 90");
  const auto reports = link.host().kill({job->id}, std::chrono::milliseconds(200), at_most(20));
  REQUIRE(reports);
  CHECK(reports->at(0).gone);
  CHECK(link.host().find("last", "", at_most(10))->state == JobState::killed);
}

TEST_CASE("a client that leaves during a follow frees its server, and the job goes on") {
  World world;
  const auto job = world.shell("echo up; sleep 0.5; echo done");
  {
    Link link(world.host());
    const auto leave = [](const LogChunk&) -> Result<void> { return Error{Errc::io, "closed"}; };
    (void)link.host().read_log({.follow = true}, {}, leave, at_most(20));
  }
  CHECK(world.wait_end(job.id).state == JobState::succeeded);
  CHECK(world.log(job.id) == "up\ndone\n");
}

TEST_CASE("five thousand jobs are listed over a connection, and the newest of them at once") {
  World world;
  world.stop_host();
  auto ledger = *Ledger::open(world.state() / "jobs");
  // As Ledger::create and write_end leave them, without their fsyncs.
  for (std::uint64_t id = 1; id <= 5000; ++id) {
    const auto folder = ledger.folder(id);
    REQUIRE(make_directories(folder));
    JobSpec spec{.key = std::to_string(id), .argv = {"echo", std::string(1000, 'x')}};
    std::ofstream(folder / "job.json") << to_json(Submitted{id, spec, 1.0});
    if (id != 17) std::ofstream(folder / "exit.json") << to_json(JobEnd{.code = 0});
  }
  // One of long ago still lives: its supervisor is this test.
  const auto self = *identify(::getpid());
  std::ofstream(ledger.folder(17) / "state.json") << to_json(RunState{
      .supervisor_pid = self.pid, .supervisor_start = self.start_ticks, .boot_id = self.boot_id});
  world.restart_host();
  Link link(world.host());
  auto begin = std::chrono::steady_clock::now();
  const auto newest = link.host().list({.limit = 10}, at_most(30));
  const std::chrono::duration<double> quick = std::chrono::steady_clock::now() - begin;
  REQUIRE_MESSAGE(newest, (newest ? "" : newest.error().describe()));
  REQUIRE(newest->size() == 11);
  CHECK(newest->front().id == 17);
  CHECK(newest->back().id == 5000);
  CHECK(link.host().list({.only_live = true}, at_most(30))->size() == 1);
  begin = std::chrono::steady_clock::now();
  const auto all = link.host().list({}, at_most(60));
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
  REQUIRE_MESSAGE(all, (all ? "" : all.error().describe()));
  REQUIRE(all->size() == 5000);
  CHECK(all->at(2499).id == 2500);
  MESSAGE("newest: " << quick.count() << " s, all: " << whole.count() << " s");
  CHECK(quick.count() < 2);
  CHECK(whole.count() < 20);
  std::ofstream(ledger.folder(17) / "exit.json") << to_json(JobEnd{.code = 0});
}
