// NVML over a real server: the agent that was brought there asks it, and outlives it.
#include <doctest/doctest.h>

#include "base/process.hpp"
#include "support/evidence.hpp"
#include "support/fake_nvml.hpp"
#include "support/fleet.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// Everything of the GPUs that `re probe --json` says, for comparisons.
std::string gpus_in(const Output& output) {
  const auto begin = output.out.find("\"gpus\":"), end = output.out.find(",\"found\"");
  REQUIRE_MESSAGE(end != std::string::npos, output.out << output.err);
  return output.out.substr(begin, end - begin);
}

// The pid of its agent, as text.
std::string agent_of(const Machine& machine) {
  return run({.argv = {"pgrep", "-f", machine.home.path().string() + "/.* serve "}})->out;
}

}  // namespace

TEST_CASE("what NVML says is what nvidia-smi says, and no tool is started for it") {
  Machine with(2), without(2, {}, 2);
  FakeNvml nvml(with.nvml_place(), 2);
  Fleet fleet;
  fleet.add("nvml", with);
  fleet.add("smi", without, 2);
  const auto started =
      fleet.re({"async", "--instance", "nvml", "sh -c 'echo $$; exec sleep 1000'"});
  REQUIRE_MESSAGE(started.exit.ok(), started.err);
  std::string pid;
  REQUIRE(eventually([&] {
    pid = fleet.re({"log", "--instance", "nvml"}).out;
    return contains(pid, "\n");
  }));
  nvml.use(1, std::stoi(pid));
  const auto of_job = fleet.re({"probe", "nvml", "--force", "--json"});
  CHECK(contains(of_job.out, "\"job\":1"));
  CHECK(contains(of_job.out, "\"command\":\"sleep 1000\""));
  CHECK(contains(of_job.out, "\"driver\":\"550.54.15\",\"cuda\":\"12.4\",\"gpu_problem\":\"\""));
  CHECK(fleet.re({"kill", "1", "--instance", "nvml"}).exit.ok());

  nvml = FakeNvml(with.nvml_place(), 2);
  nvml.use(0, 999'999'999);
  without.gpus->use(0, 999'999'999);
  CHECK(eventually([&] {
    return gpus_in(fleet.re({"probe", "nvml", "--force", "--json"})) ==
           gpus_in(fleet.re({"probe", "smi", "--force", "--json"}));
  }));
  CHECK(nvml.calls() > 0);
  CHECK(with.gpus->calls() == 0);
}

TEST_CASE("an NVML that crashes costs neither the agent nor an answer") {
  Machine machine(1);
  FakeNvml nvml(machine.nvml_place(), 1);
  nvml.crash("nvmlDeviceGetName");
  Fleet fleet;
  fleet.add("box", machine);
  REQUIRE(fleet.re({"list"}).exit.ok());
  const auto agent = agent_of(machine);
  REQUIRE_FALSE(agent.empty());
  for (int i = 0; i < 2; ++i) {
    const auto output = fleet.re({"probe", "--force"});
    REQUIRE_MESSAGE(output.exit.ok(), output.err);
    CHECK(contains(rows_of(output.out, "box").at(0), "81075 of 81559"));
    CHECK_FALSE(contains(output.err, "box:"));
  }
  CHECK(nvml.calls() == 1);
  CHECK(agent_of(machine) == agent);
}

TEST_CASE("an NVML that hangs costs its GPUs, not the deadline, and leaves no process") {
  Machine machine(1);
  FakeNvml nvml(machine.nvml_place(), 1);
  nvml.hang("nvmlInit_v2");
  Fleet fleet;
  fleet.add("box", machine);
  REQUIRE(fleet.re({"list"}).exit.ok());  // brings the agent
  const auto begin = std::chrono::steady_clock::now();
  const auto output = fleet.re({"probe", "--timeout", "6"});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(6));
  CHECK(output.exit.ok());
  CHECK(contains(rows_of(output.out, "box").at(0), "| active "));
  CHECK(contains(output.err, "box: NVML does not answer"));
  REQUIRE(nvml.calls() == 1);
  CHECK(machine.gpus->calls() == 0);
  CHECK_FALSE(std::filesystem::exists("/proc/" + nvml.pid_of_last_call()));
}

TEST_CASE("a job gets a MIG instance by its name, and a job that wants two GPUs gets none") {
  Machine machine(1);
  FakeNvml nvml(machine.nvml_place(), 1);
  const int first = nvml.divide(0), second = nvml.divide(0);
  nvml.use(first, 999'999'999);
  Fleet fleet;
  fleet.add("box", machine);
  const auto rows = rows_of(fleet.re({"probe", "--force"}).out, "box");
  REQUIRE(rows.size() == 3);
  CHECK(contains(rows[0], "0 H100 80GB HBM3 (MIG)"));
  CHECK(contains(rows[1], "0/0 H100 80GB HBM3 MIG 1g.5gb"));
  CHECK(contains(rows[1], "?:999999999 python3"));
  CHECK(contains(rows[2], "4851 of 4864"));
  const std::vector<std::string> job = {"async", "--gpus", "1",
                                        "echo [$CUDA_VISIBLE_DEVICES]; exec sleep 1000"};
  const auto started = fleet.re(job);
  REQUIRE_MESSAGE(started.exit.ok(), started.err);
  CHECK(eventually(
      [&] { return fleet.re({"log"}).out == "[" + FakeNvml::instance_uuid(second) + "]\n"; }));
  const auto refused = fleet.re(job);
  CHECK(refused.exit.code == 1);
  CHECK(contains(refused.err, "GPU 0/0: process 999999999 uses it; GPU 0/1: job 1 has it"));
  const auto two = fleet.re({"async", "--gpus", "2", "true"});
  CHECK(two.exit.code == 1);
  CHECK(contains(two.err, "of its 2 GPUs 0 can be had together"));
  CHECK(fleet.re({"purge"}).exit.ok());
}
