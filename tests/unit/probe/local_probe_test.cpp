// The machine that the test runs on, with GPUs that it does not have.
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "base/files.hpp"
#include "probe/local_probe_host.hpp"
#include "probe/remote_probe_host.hpp"
#include "probe/serve_probe_host.hpp"
#include "support/fake_gpus.hpp"
#include "support/home.hpp"

using namespace libre;
using namespace libre::probe;
using namespace libre::testing;

namespace {

struct World {
  explicit World(int count) : gpus(home / "bin", count) {}
  Home home;
  FakeGpus gpus;
  std::shared_ptr<GpuReader> reader = std::make_shared<GpuReader>(
      std::vector<std::string>{"PATH=" + (home / "bin").string() + ":/usr/bin:/bin"});
  LocalProbeHost host{
      {.home = home.path(),
       .gpus = reader,
       .job_of = [](std::int64_t pid) { return pid == ::getpid() ? 5u : 0u; },
       .claims =
           [] {
             return Claims{{FakeGpus::uuid(1), 9}};
           },
       .has_environment = [](const std::string& project) { return project == "p1"; }}};

  MachineFigures look(ProbeQuery query = {.max_age = 0, .patience_ms = 20'000}) {
    auto figures = host.figures(query, {Deadline::after(std::chrono::seconds(60))});
    REQUIRE(figures);
    return *figures;
  }
};

}  // namespace

TEST_CASE("a machine tells its cores, load, memory and disk, and its GPUs with who uses them") {
  World world(2);
  world.gpus.use(0, ::getpid(), "[Not Found]");
  world.gpus.use(0, 999'999'999, "python3");
  const auto figures = world.look();
  CHECK(figures.cores > 0);
  CHECK(figures.load_1);
  CHECK(figures.memory_total > figures.memory_available);
  CHECK(figures.disk_place == world.home.path());
  CHECK(figures.disk_free.value_or(0) > 0);
  CHECK(figures.disk_total.value_or(0) >= figures.disk_free.value_or(0));
  CHECK(figures.driver == "550.54.15");
  CHECK(figures.cuda == "12.4");
  CHECK(figures.gpu_problem.empty());
  REQUIRE(figures.gpus.size() == 2);
  REQUIRE(figures.gpus[0].users.size() == 2);
  const auto& mine = figures.gpus[0].users[0];
  CHECK(mine.job == 5);
  CHECK_FALSE(mine.user.empty());
  CHECK(mine.command.find("unit_probe") != std::string::npos);
  const auto& unseen = figures.gpus[0].users[1];
  CHECK(unseen.user.empty());
  CHECK(unseen.command == "python3");
  CHECK(unseen.job == 0);
  CHECK(figures.gpus[1].claimed_by == 9);
}

TEST_CASE(
    "the disk is that of the nearest directory that is there, and places in it are looked for") {
  World world(0);
  world.home.write("projects/mine/data/x", "");
  const auto there = world.look({.directory = "projects/mine", .look_for = {".", "data", ".venv"}});
  CHECK(there.disk_place == world.home / "projects/mine");
  CHECK(there.found == std::vector<std::string>{".", "data"});
  const auto missing = world.look({.directory = "~/projects/other/deep", .look_for = {"."}});
  CHECK(missing.disk_place == world.home / "projects");
  CHECK(missing.found.empty());
}

TEST_CASE("whether a project has an environment is told of the project that was asked about") {
  World world(0);
  CHECK(world.look({.project_id = "p1"}).environment);
  CHECK_FALSE(world.look({.project_id = "p2"}).environment);
  CHECK_FALSE(world.look({}).environment);
}

TEST_CASE("a machine without the tools has no GPUs, and no problem") {
  Home home;
  LocalProbeHost host{{.home = home.path(),
                       .gpus = std::make_shared<GpuReader>(
                           std::vector<std::string>{"PATH=" + home.path().string()})}};
  const auto figures = host.figures({}, {});
  REQUIRE(figures);
  CHECK(figures->gpus.empty());
  CHECK(figures->gpu_problem.empty());
}

TEST_CASE("a driver that is broken is told in its own words") {
  World world(1);
  world.gpus.answer("Failed to initialize NVML: Unknown Error\n", 255);
  CHECK(world.look().gpu_problem == "Failed to initialize NVML: Unknown Error");
  world.gpus.answer("", 9);
  CHECK(world.look().gpu_problem == "nvidia-smi ended with code 9");
}

TEST_CASE("a driver too old for a field is asked without it, once") {
  World world(1);
  world.home.write(
      "bin/nvidia-smi",
      "#!/bin/sh\ncase \"$*\" in *mig.mode.current*) echo 'Field \"mig.mode.current\" is "
      "not a valid field to query.'; exit 2;; *--query-gpu*) echo '0, GPU-1, 11441, 0, "
      "11441, 0, 25, 26.10, 390.157, Tesla K80';; esac\n");
  std::filesystem::permissions(world.home / "bin/nvidia-smi", std::filesystem::perms(0755));
  const auto figures = world.look();
  REQUIRE(figures.gpus.size() == 1);
  CHECK(figures.gpus[0].model == "Tesla K80");
  CHECK(figures.driver == "390.157");
  CHECK(figures.gpu_problem.empty());
}

TEST_CASE("a tool that hangs is ended, told, and left alone for a while") {
  World world(1);
  world.gpus.hang(true);
  const auto figures = world.look({.max_age = 0, .patience_ms = 300});
  CHECK(figures.gpus.empty());
  CHECK(figures.gpu_problem == "nvidia-smi does not answer");
  CHECK(figures.cores > 0);
  const auto calls = world.gpus.calls();
  CHECK(world.look({.max_age = 0, .patience_ms = 300}).gpu_problem == "nvidia-smi does not answer");
  CHECK(world.gpus.calls() == calls);
}

TEST_CASE("many who ask at once share one answer") {
  World world(4);
  (void)world.look();
  const auto before = world.gpus.calls();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      CHECK(world.host.figures({.max_age = 60}, {}).value_or(MachineFigures()).gpus.size() == 4);
    });
  for (auto& thread : threads) thread.join();
  CHECK(world.gpus.calls() == before);
}

TEST_CASE("everything that a machine tells comes over a connection as it is") {
  World world(2);
  world.gpus.use(1, ::getpid());
  rpc::Service service;
  serve_probe_host(service, world.host);
  auto pair = *make_stream_pair();
  std::thread serving([&] { (void)rpc::serve(*pair.second, service, Log::nowhere()); });
  {
    const Wait wait{Deadline::after(std::chrono::seconds(60))};
    auto connection = *rpc::Connection::open(std::move(pair.first), wait);
    RemoteProbeHost remote(connection);
    const auto figures = remote.figures({.max_age = 0, .patience_ms = 20'000}, wait);
    REQUIRE_MESSAGE(figures, figures.error().describe());
    REQUIRE(figures->gpus.size() == 2);
    CHECK(figures->gpus[0].memory_free == (std::uint64_t{81075} << 20));
    CHECK(figures->gpus[1].users.at(0).job == 5);
    CHECK(figures->gpus[1].claimed_by == 9);
    CHECK(figures->cuda == "12.4");
    CHECK(figures->load_1);
    connection.close();
  }
  pair.second->close();
  serving.join();
}
