#include "probe/nvml.hpp"

#include <doctest/doctest.h>

#include "probe/free_gpus.hpp"

using namespace libre;
using namespace libre::probe;

namespace {

constexpr const char* two_gpus = R"(driver 550.54.15
cuda 12040
gpu 0
uuid GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0001
name NVIDIA H100 80GB HBM3
memory 85520809984 1048576 85017493504
utilisation 0
temperature 31
milliwatts 70120
gpu 1
uuid GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002
name NVIDIA H100 80GB HBM3
memory 85520809984 33934016512 51084525568
utilisation 97
temperature 63
milliwatts 627400
user 4711 33822867456 /usr/bin/python3 -u
user 4712 -
end
)";

MachineFigures figures_of(const std::string& answer) {
  MachineFigures figures;
  const auto read = read_nvml(answer, figures);
  REQUIRE_MESSAGE(read, read.error().describe());
  return figures;
}

}  // namespace

TEST_CASE("NVML's lines are GPUs with their figures and their users") {
  const auto figures = figures_of(two_gpus);
  CHECK(figures.driver == "550.54.15");
  CHECK(figures.cuda == "12.4");
  CHECK(figures.gpu_problem.empty());
  REQUIRE(figures.gpus.size() == 2);
  const Gpu& gpu = figures.gpus[1];
  CHECK(gpu.index == 1);
  CHECK_FALSE(gpu.mig_instance);
  CHECK(gpu.uuid == "GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002");
  CHECK(gpu.vendor == "nvidia");
  CHECK(gpu.model == "NVIDIA H100 80GB HBM3");
  CHECK(gpu.memory_total == std::uint64_t{81559} << 20);
  CHECK(gpu.memory_used == std::uint64_t{32362} << 20);
  CHECK(gpu.memory_free == std::uint64_t{48718} << 20);
  CHECK(gpu.utilisation == 97.0);
  CHECK(gpu.temperature == 63.0);
  CHECK(gpu.power == doctest::Approx(627.4));
  CHECK_FALSE(gpu.divided);
  REQUIRE(gpu.users.size() == 2);
  CHECK(gpu.users[0].pid == 4711);
  CHECK(gpu.users[0].memory == 33822867456u);
  CHECK(gpu.users[0].command == "/usr/bin/python3 -u");
  CHECK_FALSE(gpu.users[1].memory);
  CHECK(gpu.users[1].command.empty());
}

TEST_CASE("what NVML does not tell is no value") {
  const auto figures =
      figures_of("gpu 0\nname A\ngpu 1\nmemory 1\nutilisation [N/A]\nuser x\nend\n");
  REQUIRE(figures.gpus.size() == 2);
  const Gpu& gpu = figures.gpus[1];
  CHECK(gpu.uuid.empty());
  CHECK(gpu.memory_total == 1u);
  CHECK_FALSE(gpu.memory_used);
  CHECK_FALSE(gpu.memory_free);
  CHECK_FALSE(gpu.utilisation);
  CHECK_FALSE(gpu.temperature);
  CHECK_FALSE(gpu.power);
  CHECK(gpu.users.empty());
  CHECK(figures.driver.empty());
  CHECK(figures.cuda.empty());
}

TEST_CASE("MIG instances follow their GPU, with its index and names of their own") {
  const auto figures = figures_of(
      "gpu 2\nuuid GPU-a\nmemory 100 50 50\ndivided 1\n"
      "instance 0\nuuid MIG-b\nname A100 MIG 1g.5gb\nmemory 10 1 9\n"
      "instance 3\nuuid MIG-c\nuser 7 5 train\ngpu 3\nuuid GPU-d\nend\n");
  REQUIRE(figures.gpus.size() == 4);
  CHECK(figures.gpus[0].divided);
  CHECK(figures.gpus[0].users.empty());
  CHECK(number_of(figures.gpus[0]) == "2");
  CHECK(number_of(figures.gpus[1]) == "2/0");
  CHECK(figures.gpus[1].uuid == "MIG-b");
  CHECK(figures.gpus[1].memory_free == 9u);
  CHECK(number_of(figures.gpus[2]) == "2/3");
  CHECK(figures.gpus[2].users.size() == 1);
  CHECK(number_of(figures.gpus[3]) == "3");
  CHECK(count_gpus(figures.gpus) == 3);
}

TEST_CASE("the first complaint about each GPU is told, and the others' figures stay") {
  const auto figures = figures_of(
      "error - 3 nvmlSystemGetDriverVersion Trouble\n"
      "gpu 0\nuuid GPU-a\nerror 0 15 nvmlDeviceGetName GPU is lost\n"
      "error 0 15 nvmlDeviceGetTemperature GPU is lost\nutilisation 5\n"
      "error 1 999 nvmlDeviceGetHandleByIndex_v2\nend\n");
  REQUIRE(figures.gpus.size() == 1);
  CHECK(figures.gpus[0].utilisation == 5.0);
  CHECK(figures.gpu_problem ==
        "Trouble (nvmlSystemGetDriverVersion said 3); GPU 0: GPU is lost (nvmlDeviceGetName said "
        "15); GPU 1: no answer (nvmlDeviceGetHandleByIndex_v2 said 999)");
}

TEST_CASE("an answer without its end, and one without GPUs, are none") {
  MachineFigures figures;
  const std::string text = two_gpus;
  const auto cut = read_nvml(text.substr(0, text.size() - 4), figures);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == Errc::protocol);
  CHECK(read_nvml("", figures).error().code == Errc::protocol);
  MachineFigures none;
  const auto empty =
      read_nvml("error - 18 nvmlInit_v2 Driver/library version mismatch\nend\n", none);
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code == Errc::not_found);
  CHECK(empty.error().cause.find("mismatch") != std::string::npos);
}

TEST_CASE("hostile bytes neither break the list nor reach a terminal") {
  constexpr char bytes[] = "gpu 0\nname \x1b[2J\xff\xfe\0evil\ngpu -1\ngpu 99999999999999999999\n";
  const std::string noise(bytes, sizeof bytes - 1);
  auto figures = figures_of(noise + "uuid lost\ninstance 1\ngpu 5\nuuid " + std::string(9000, 'x') +
                            "\nuser 18446744073709551615 1 a\nuser -3 1 a\n\n \nend\n");
  REQUIRE(figures.gpus.size() == 2);
  CHECK(figures.gpus[0].model.find('\x1b') == std::string::npos);
  CHECK(figures.gpus[0].model.find('\xff') == std::string::npos);
  CHECK(figures.gpus[0].uuid.empty());
  CHECK(figures.gpus[1].uuid.size() == 200);
  CHECK(figures.gpus[1].users.empty());

  std::string endless;
  for (int i = 0; i < 100'000; ++i) endless += "gpu 1\nerror " + std::to_string(i) + " 1 f w\n";
  for (int i = 0; i < 10'000; ++i) endless += "user 1 1 a\n";
  figures = figures_of(endless + "end\n");
  CHECK(figures.gpus.size() <= 512);
  CHECK(figures.gpu_problem.size() < 10'000);
  std::string busy = "gpu 1\n";
  for (int i = 0; i < 10'000; ++i) busy += "user 1 1 a\n";
  CHECK(figures_of(busy + "end\n").gpus[0].users.size() == 4096);
}

TEST_CASE("a divided GPU is not given away; its instances are, one at a time") {
  const std::string rows =
      "gpu 0\nuuid GPU-a\nmemory 40000000000 0 40000000000\ndivided 1\n"
      "instance 0\nuuid MIG-b\nmemory 5000000000 0 5000000000\nuser 7 5 train\n"
      "instance 1\nuuid MIG-c\nmemory 5000000000 0 5000000000\n"
      "gpu 1\nuuid GPU-d\nmemory 80000000000 0 80000000000\n";
  auto gpus = figures_of(rows + "end\n").gpus;
  // Nothing said of memory: the whole one first.
  CHECK(pick_gpus(gpus, 1, 0)->front().uuid == "GPU-d");
  CHECK(pick_gpus(gpus, 1, 4'000'000'000)->front().uuid == "MIG-c");
  CHECK(pick_gpus(gpus, 1, 20'000'000'000)->front().uuid == "GPU-d");
  CHECK(pick_gpus(gpus, 2, 0).error().code == Errc::not_found);
  set_claims(gpus, {{"GPU-d", 5}});
  CHECK(pick_gpus(gpus, 1, 0)->front().uuid == "MIG-c");
  set_claims(gpus, {{"GPU-d", 5}, {"MIG-c", 6}});
  const auto busy = pick_gpus(gpus, 1, 0);
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code == Errc::busy);
  CHECK(busy.error().cause ==
        "GPU 0/0: process 7 uses it; GPU 0/1: job 6 has it; GPU 1: job 5 has it");
}
