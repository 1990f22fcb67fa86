#include <doctest/doctest.h>

#include "probe/nvidia.hpp"

using namespace libre;
using namespace libre::probe;

namespace {

// Rows as drivers print them, in the order of nvidia_fields().
constexpr const char* two_h100 =
    "0, GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0001, 81559, 1, 81079, 0, 31, 70.12, Disabled, "
    "550.54.15, NVIDIA H100 80GB HBM3\n"
    "1, GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002, 81559, 32362, 48718, 97, 63, 627.40, Disabled, "
    "550.54.15, NVIDIA H100 80GB HBM3\n";

MachineFigures read(std::string_view answer) {
  MachineFigures figures;
  read_nvidia_gpus(answer, nvidia_fields(), figures);
  return figures;
}

}  // namespace

TEST_CASE("each GPU is a row with its memory, use, temperature and power") {
  const auto figures = read(two_h100);
  REQUIRE(figures.gpus.size() == 2);
  const Gpu& gpu = figures.gpus[1];
  CHECK(gpu.index == 1);
  CHECK(gpu.uuid == "GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002");
  CHECK(gpu.model == "NVIDIA H100 80GB HBM3");
  CHECK(gpu.vendor == "nvidia");
  CHECK(gpu.memory_total == std::uint64_t{81559} << 20);
  CHECK(gpu.memory_used == std::uint64_t{32362} << 20);
  CHECK(gpu.memory_free == std::uint64_t{48718} << 20);
  CHECK(gpu.utilisation == 97.0);
  CHECK(gpu.temperature == 63.0);
  CHECK(gpu.power == doctest::Approx(627.4));
  CHECK_FALSE(gpu.divided);
  CHECK(figures.driver == "550.54.15");
  CHECK(figures.gpu_problem.empty());
}

TEST_CASE("eight GPUs are eight rows, in their order") {
  std::string answer;
  for (int i = 0; i < 8; ++i)
    answer += std::to_string(i) + ", GPU-" + std::to_string(i) +
              ", 40960, 0, 40536, 0, 29, 52.00, Disabled, 535.104.05, NVIDIA A100-SXM4-40GB\r\n";
  const auto figures = read(answer);
  REQUIRE(figures.gpus.size() == 8);
  for (int i = 0; i < 8; ++i) CHECK(figures.gpus[static_cast<std::size_t>(i)].index == i);
  CHECK(figures.gpus[7].model == "NVIDIA A100-SXM4-40GB");
}

TEST_CASE("a cell that says why it has no value is no value") {
  const auto figures = read(
      "0, GPU-a, 143771, [N/A], [Insufficient Permissions], [Not Supported], ERR!, [Unknown "
      "Error], "
      "Enabled, 590.48.01, NVIDIA H200\n"
      "1, [N/A], [N/A], [N/A], [N/A], N/A, , [Requested functionality has been deprecated], [N/A], "
      "[N/A], [GPU requires reset]\n");
  REQUIRE(figures.gpus.size() == 2);
  const Gpu& divided = figures.gpus[0];
  CHECK(divided.divided);
  CHECK(divided.memory_total == std::uint64_t{143771} << 20);
  CHECK_FALSE(divided.memory_used);
  CHECK_FALSE(divided.memory_free);
  CHECK_FALSE(divided.utilisation);
  CHECK_FALSE(divided.temperature);
  CHECK_FALSE(divided.power);
  CHECK(figures.gpus[1].uuid.empty());
  CHECK(figures.gpus[1].model.empty());
  CHECK(figures.driver == "590.48.01");
}

TEST_CASE("a GPU that fell off the bus is told, and the others are there") {
  const auto figures =
      read(std::string(two_h100) +
           "Unable to determine the device handle for GPU3: 0000:04:00.0: Unknown Error\n");
  CHECK(figures.gpus.size() == 2);
  CHECK(figures.gpu_problem ==
        "Unable to determine the device handle for GPU3: 0000:04:00.0: Unknown Error");
}

TEST_CASE("what a driver says instead of an answer is the problem") {
  const auto missing = read(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure "
      "that "
      "the latest NVIDIA driver is installed and running.\n\n");
  CHECK(missing.gpus.empty());
  CHECK(missing.gpu_problem.starts_with("NVIDIA-SMI has failed because"));
  const auto mismatch = read(
      "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: "
      "535.161\n");
  CHECK(
      mismatch.gpu_problem ==
      "Failed to initialize NVML: Driver/library version mismatch; NVML library version: 535.161");
  CHECK(read("No devices were found\n").gpu_problem == "No devices were found");
  CHECK(read("").gpu_problem.empty());
}

TEST_CASE("a field that an old driver does not know is found out") {
  CHECK(unknown_field("Field \"mig.mode.current\" is not a valid field to query.\n\n") ==
        "mig.mode.current");
  CHECK(unknown_field(two_h100).empty());
}

TEST_CASE("processes are told of the GPU that they are on, names with commas too") {
  auto figures = read(two_h100);
  read_nvidia_users(
      "GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002, 4242, 28234, /usr/bin/python3\n"
      "GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0002, 4243, [N/A], a, b\n"
      "GPU-6a1c7a34-5e0b-0c9d-8d0b-1d5d3a7c0001, 4244, 10, [Not Found]\n"
      "GPU-of-another-machine, 1, 10, x\n"
      "noise\n",
      figures);
  REQUIRE(figures.gpus[1].users.size() == 2);
  CHECK(figures.gpus[1].users[0].pid == 4242);
  CHECK(figures.gpus[1].users[0].memory == std::uint64_t{28234} << 20);
  CHECK(figures.gpus[1].users[0].command == "/usr/bin/python3");
  CHECK_FALSE(figures.gpus[1].users[1].memory);
  CHECK(figures.gpus[1].users[1].command == "a, b");
  REQUIRE(figures.gpus[0].users.size() == 1);
  CHECK(figures.gpus[0].users[0].command.empty());
}

TEST_CASE("the CUDA version stands in the head of the report") {
  CHECK(parse_cuda_version("Driver Version                            : 535.104.05\n"
                           "CUDA Version                              : 12.2\n") == "12.2");
  CHECK(parse_cuda_version("CUDA Version  : Not Found\n").empty());
  CHECK(parse_cuda_version("Invalid combination of input arguments.").empty());
}
