#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/text.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

namespace {

// A machine with the GPUs "A" and "B".
LookAtGpus two_gpus() {
  return [](const JobSpec& spec, const Wait&) -> Result<GpuPicker> {
    return GpuPicker([count = spec.gpus](const Claims& claims) -> Result<GpuGrant> {
      GpuGrant grant{.variable = "CUDA_VISIBLE_DEVICES"};
      for (const char* name : {"A", "B"})
        if (!claims.contains(name) && grant.names.size() < count) grant.names.emplace_back(name);
      if (grant.names.size() < count) return Error{Errc::busy, "they are in use"};
      return grant;
    });
  };
}

JobSpec sleeper(std::uint32_t gpus, std::string key = {}) {
  JobSpec spec;
  spec.key = std::move(key);
  spec.argv = {"sh", "-c", "echo \"[$CUDA_VISIBLE_DEVICES]\"; exec sleep 1000"};
  spec.gpus = gpus;
  return spec;
}

}  // namespace

TEST_CASE("a job that asks for GPUs has them to itself until it ends") {
  World world(two_gpus());
  auto& host = world.host();
  const auto first = world.submit(sleeper(1, "k"));
  CHECK(first.gpus == std::vector<std::string>{"A"});
  world.wait_log(first.id, "[A]");
  CHECK(host.submit(sleeper(1, "k"), {})->id == first.id);  // the same again is the same job
  const auto second = world.submit(sleeper(1));
  CHECK(second.gpus == std::vector<std::string>{"B"});
  const auto third = host.submit(sleeper(1), {});
  REQUIRE_FALSE(third);
  CHECK(third.error().code == Errc::busy);
  CHECK(host.claims() == Claims{{"A", first.id}, {"B", second.id}});
  CHECK(world.submit(sleeper(0)).gpus.empty());
  REQUIRE(host.kill({first.id}, std::chrono::seconds(10), at_most(40)));
  const auto fourth = world.submit(sleeper(1));
  CHECK(fourth.gpus == std::vector<std::string>{"A"});
}

TEST_CASE("claims outlive the agent") {
  World world(two_gpus());
  const auto job = world.submit(sleeper(2));
  world.restart_host();
  CHECK(world.host().claims() == Claims{{"A", job.id}, {"B", job.id}});
  CHECK(world.host().submit(sleeper(1), {}).error().code == Errc::busy);
  CHECK(world.host().find(std::to_string(job.id), {}, {})->gpus.size() == 2);
  REQUIRE(world.host().kill({job.id}, std::chrono::seconds(10), at_most(40)));
  world.restart_host();
  CHECK(world.host().claims().empty());
}

TEST_CASE("T21: of many who want the last GPU at the same instant one gets it") {
  World world(two_gpus());
  (void)world.submit(sleeper(1));
  std::atomic<int> got = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto job = world.host().submit(sleeper(1), {});
      if (job)
        ++got;
      else if (job.error().code == Errc::busy)
        ++refused;
    });
  for (auto& thread : threads) thread.join();
  CHECK(got == 1);
  CHECK(refused == 7);
}

TEST_CASE("a process is known as its job's, however far it has gone") {
  World world(two_gpus());
  const auto job = world.shell("setsid sh -c 'echo $$; exec sleep 1000' & wait");
  std::string pid;
  while (pid.empty()) {
    world.wait_log(job.id, "\n");
    pid = std::string(trim(world.log(job.id)));
  }
  CHECK(world.host().job_of(std::stoi(pid)) == job.id);
  CHECK(world.host().job_of(::getpid()) == 0);
  CHECK(world.host().job_of(1) == 0);
}

TEST_CASE("an agent that knows no GPUs refuses jobs that need some") {
  World world;
  CHECK(world.host().submit(sleeper(1), {}).error().code == Errc::unsupported);
}
