// The NVML reader as it is built, over a library of its own: what it tells, and who is asked instead.
#include "probe/gpu_reader.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"
#include "support/fake_gpus.hpp"
#include "support/fake_nvml.hpp"
#include "support/home.hpp"

using namespace libre;
using namespace libre::probe;
using namespace libre::testing;

namespace {

// A machine with both of NVIDIA's ways, of two GPUs.
struct BothWays {
  explicit BothWays(int age = 580) : smi(home / "bin", 2), nvml(home / "nvml", 2, age) {
    std::filesystem::create_directories(home / "trace");
  }
  Home home;
  FakeGpus smi;
  FakeNvml nvml;
  std::string program = nvml_reader();
  GpuReader reader{variables(), program};

  // The machine's loader tells in `home`/trace what it was asked for, one file for each process.
  std::vector<std::string> variables() const {
    return {"PATH=" + (home / "bin").string() + ":/usr/bin:/bin",
            "LD_LIBRARY_PATH=" + (home / "nvml").string(), "LD_DEBUG=libs",
            "LD_DEBUG_OUTPUT=" + (home / "trace/of").string()};
  }
  GpuFigures look(int milliseconds = 20'000) {
    return reader.read(std::chrono::milliseconds(0),
                       {Deadline::after(std::chrono::milliseconds(milliseconds))});
  }
};

// What the loader said of each process that needs NVML, or of each that does not.
std::vector<std::string> traces(const Home& home, bool of_nvml = true) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(home / "trace")) {
    auto text = read_file(entry.path()).value_or("");
    if (contains(text, "find library=libnvidia-ml.so.1") == of_nvml)
      texts.push_back(std::move(text));
  }
  return texts;
}

bool names_more_places(const std::string& trace) { return contains(trace, "/usr/lib/wsl/lib"); }

std::string told(const GpuFigures& figures) {
  std::string text = figures.driver + " " + figures.cuda + " " + figures.problem + "\n";
  const auto put = [&](const auto& value) { text += value ? std::to_string(*value) + " " : "- "; };
  for (const Gpu& gpu : figures.gpus) {
    text += number_of(gpu) + " " + gpu.uuid + " " + gpu.vendor + " " + gpu.model + " ";
    put(gpu.memory_total), put(gpu.memory_used), put(gpu.memory_free), put(gpu.utilisation);
    put(gpu.temperature), put(gpu.power);
    text += gpu.divided ? "divided\n" : "\n";
    for (const auto& user : gpu.users) {
      text += std::to_string(user.pid) + " " + user.command + " ";
      put(user.memory);
      text += "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("NVML tells what nvidia-smi tells, and is the only one that is asked") {
  for (const int age : {390, 470, 535, 580}) {
    CAPTURE(age);
    BothWays machine(age);
    for (int i = 0; i < 3; ++i) {
      machine.smi.use(1, 4711 + i, "/usr/bin/python3");
      machine.nvml.use(1, 4711 + i, "/usr/bin/python3");
    }
    GpuReader only_smi(machine.variables());
    const auto expected = only_smi.read(std::chrono::milliseconds(0), {});
    REQUIRE(expected.gpus.size() == 2);
    REQUIRE(expected.gpus[1].users.size() == 3);
    const auto calls = machine.smi.calls();
    auto seen = machine.look();
    CHECK(machine.smi.calls() == calls);
    // Memory that the driver keeps for itself was "used" before 510, for nvidia-smi as well.
    if (age < 510)
      for (Gpu& gpu : seen.gpus) *gpu.memory_used -= std::uint64_t{480} << 20;
    CHECK(told(seen) == told(expected));
  }
}

TEST_CASE("more processes than one are read right, however long the driver makes an entry") {
  for (const int age : {390, 470, 535, 580}) {
    CAPTURE(age);
    BothWays machine(age);
    for (int i = 0; i < 5; ++i) machine.nvml.use(0, 100 + i);
    const auto seen = machine.look();
    REQUIRE(seen.gpus.size() == 2);
    REQUIRE(seen.gpus[0].users.size() == 5);
    for (int i = 0; i < 5; ++i) {
      CHECK(seen.gpus[0].users[static_cast<std::size_t>(i)].pid == 100 + i);
      CHECK(seen.gpus[0].users[static_cast<std::size_t>(i)].memory == std::uint64_t{1024} << 20);
    }
  }
}

TEST_CASE("functions that are not supported, or not allowed, leave their value out") {
  BothWays machine;
  machine.nvml.fail("nvmlDeviceGetTemperature", 3);
  machine.nvml.fail("nvmlDeviceGetPowerUsage", 3, 1);
  machine.nvml.fail("nvmlDeviceGetMemoryInfo_v2", 3);
  machine.nvml.fail("nvmlDeviceGetUtilizationRates", 4);
  const auto seen = machine.look();
  REQUIRE(seen.gpus.size() == 2);
  CHECK(seen.problem.empty());
  CHECK_FALSE(seen.gpus[0].temperature);
  CHECK(seen.gpus[0].power);
  CHECK_FALSE(seen.gpus[1].power);
  CHECK(seen.gpus[0].memory_total == std::uint64_t{81559} << 20);  // of the older function
  CHECK_FALSE(seen.gpus[0].utilisation);
  CHECK(machine.smi.calls() == 0);
}

TEST_CASE(
    "a failure that an older function makes good, or a container without CUDA, is no complaint") {
  BothWays machine;
  machine.nvml.fail("nvmlSystemGetCudaDriverVersion", 12);  // what the newer one calls, too
  machine.nvml.fail("nvmlDeviceGetMemoryInfo_v2", 999);
  const auto seen = machine.look();
  REQUIRE(seen.gpus.size() == 2);
  CHECK(seen.cuda.empty());
  CHECK(seen.gpus[0].memory_total == std::uint64_t{81559} << 20);
  CHECK(seen.problem.empty());

  BothWays worse;
  worse.nvml.fail("nvmlDeviceGetMemoryInfo_v2", 999);
  worse.nvml.fail("nvmlDeviceGetMemoryInfo", 999, 1);
  CHECK(worse.look().problem == "GPU 1: Trouble (nvmlDeviceGetMemoryInfo said 999)");
}

TEST_CASE("a GPU that is lost is told, and the others are seen") {
  BothWays machine;
  machine.nvml.fail("nvmlDeviceGetHandleByIndex_v2", 15, 0);
  const auto seen = machine.look();
  REQUIRE(seen.gpus.size() == 1);
  CHECK(seen.gpus[0].uuid == FakeGpus::uuid(1));
  CHECK(seen.problem == "GPU 0: GPU is lost (nvmlDeviceGetHandleByIndex_v2 said 15)");
}

TEST_CASE("MIG instances are seen with their memory and their users, the GPU as divided") {
  BothWays machine;
  const int first = machine.nvml.divide(1);
  const int second = machine.nvml.divide(1);
  machine.nvml.use(second, 4711);
  const auto seen = machine.look();
  REQUIRE(seen.gpus.size() == 4);
  CHECK_FALSE(seen.gpus[0].divided);
  CHECK(seen.gpus[1].divided);
  CHECK(number_of(seen.gpus[2]) == "1/0");
  CHECK(seen.gpus[2].uuid == FakeNvml::instance_uuid(first));
  CHECK(seen.gpus[2].model == "NVIDIA H100 80GB HBM3 MIG 1g.5gb");
  CHECK(seen.gpus[2].memory_used == std::uint64_t{13} << 20);
  CHECK(seen.gpus[2].users.empty());
  CHECK(number_of(seen.gpus[3]) == "1/1");
  CHECK(seen.gpus[3].users.size() == 1);
  CHECK(why_taken(seen.gpus[2], 0).empty());
  CHECK(why_taken(seen.gpus[3], 0) == "process 4711 uses it");
}

TEST_CASE("where NVML cannot be used nvidia-smi is asked, and NVML not again at once") {
  BothWays machine;
  SUBCASE("its library is no library") { machine.home.write("nvml/libnvidia-ml.so.1", "text"); }
  SUBCASE("it does not fit to the driver") { machine.nvml.fail("nvmlInit_v2", 18); }
  SUBCASE("it crashes as it begins") { machine.nvml.crash("nvmlInit_v2"); }
  SUBCASE("it crashes in the midst") { machine.nvml.crash("nvmlDeviceGetUtilizationRates"); }
  const auto seen = machine.look();
  CHECK(seen.gpus.size() == 2);
  CHECK(seen.problem.empty());
  CHECK(seen.cuda == "12.4");
  CHECK(machine.smi.calls() > 0);
  const auto calls = machine.smi.calls(), tries = traces(machine.home).size();
  CHECK(tries > 0);
  machine.nvml = FakeNvml(machine.home / "nvml", 2);  // now it could be used
  CHECK(machine.look().gpus.size() == 2);
  CHECK(machine.smi.calls() > calls);
  CHECK(traces(machine.home).size() == tries);
}

TEST_CASE("further places of libraries are NVML's only, and only where it is not found without") {
  BothWays machine;
  CHECK(machine.look().gpus.size() == 2);
  REQUIRE(traces(machine.home).size() == 1);
  CHECK_FALSE(names_more_places(traces(machine.home).front()));

  BothWays without;
  without.home.write("nvml/libnvidia-ml.so.1", "text");
  CHECK(without.look().gpus.size() == 2);
  const auto of_nvml = traces(without.home), of_smi = traces(without.home, false);
  CHECK(of_nvml.size() == 2);
  CHECK(std::count_if(of_nvml.begin(), of_nvml.end(), names_more_places) == 1);
  CHECK_FALSE(of_smi.empty());
  CHECK(std::none_of(of_smi.begin(), of_smi.end(), names_more_places));
}

TEST_CASE(
    "a text in a library's place ends the search: so tests do without a machine's own driver") {
  BothWays machine;
  machine.home.write("before/libnvidia-ml.so.1", "text");
  auto variables = machine.variables();
  for (auto& entry : variables)
    if (entry.starts_with("LD_LIBRARY_PATH="))
      entry.insert(entry.find('=') + 1, (machine.home / "before").string() + ":");
  GpuReader reader(variables, machine.program);
  CHECK(reader.read(std::chrono::milliseconds(0), {}).gpus.size() == 2);
  CHECK(machine.nvml.calls() == 0);
  CHECK(machine.smi.calls() > 0);
}

TEST_CASE("bytes that are no program, or none at all, leave it to nvidia-smi") {
  const BothWays machine;
  for (const std::string_view bytes : {"", "#!", "not a program"}) {
    GpuReader reader(machine.variables(), bytes);
    CHECK(reader.read(std::chrono::milliseconds(0), {}).gpus.size() == 2);
  }
}

TEST_CASE("where there is neither NVML nor nvidia-smi rocm-smi is asked") {
  Home home;
  home.write("nvml/libnvidia-ml.so.1", "text");
  home.write("bin/rocm-smi", R"sh(#!/bin/sh
[ -e "$HOME/hang$1" ] && exec sleep 3600
case "$*" in
  --showpidgpus) echo 'PID 5 is using 1 DRM device(s):'; echo 0 ;;
  --showpids*) echo '{"system": {"PID5": "train, 1, 77, 0, 0"}}' ;;
  *) echo '{"card0": {"Card Series": "AMD Instinct"}}' ;;
esac
)sh");
  std::filesystem::permissions(home / "bin/rocm-smi", std::filesystem::perms(0755));
  const auto program = nvml_reader();
  const std::vector<std::string> variables = {"PATH=" + (home / "bin").string() + ":/usr/bin:/bin",
                                              "HOME=" + home.path().string(),
                                              "LD_LIBRARY_PATH=" + (home / "nvml").string()};
  for (const std::string question : {"--showpidgpus", "--showpids"}) {
    home.write("hang" + question, "");
    GpuReader reader(variables, program);
    const auto late =
        reader.read(std::chrono::milliseconds(0), {Deadline::after(std::chrono::seconds(2))});
    CHECK(late.gpus.size() == 1);
    CHECK(late.late);
    CHECK(late.problem.starts_with("rocm-smi " + question));
    CHECK(late.problem.ends_with(" does not answer"));
    std::filesystem::remove(home / ("hang" + question));
  }
  GpuReader reader(variables, program);
  const auto seen = reader.read(std::chrono::milliseconds(0), {});
  CHECK_FALSE(seen.late);
  CHECK(seen.problem.empty());
  REQUIRE(seen.gpus.size() == 1);
  CHECK(seen.gpus[0].vendor == "amd");
  REQUIRE(seen.gpus[0].users.size() == 1);
  CHECK(seen.gpus[0].users[0].command == "train");
  CHECK(seen.gpus[0].users[0].memory == 77u);
}

TEST_CASE("an NVML that hangs is ended at the deadline, and no second way is tried") {
  BothWays machine;
  machine.nvml.hang("nvmlDeviceGetMemoryInfo_v2");
  const auto begin = std::chrono::steady_clock::now();
  const auto seen = machine.look(1000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(seen.gpus.empty());
  CHECK(seen.problem == "NVML does not answer");
  CHECK(seen.late);
  CHECK(machine.smi.calls() == 0);
}
