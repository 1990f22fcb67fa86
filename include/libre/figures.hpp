// What a machine has, and how busy it is: values. Bytes are bytes; what a tool does not tell is nullopt,
// never 0.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace libre {

// A process that computes on a GPU.
struct GpuUser {
  std::int64_t pid = 0;
  std::string user{};     // who it belongs to there; "" = not to be seen (another container's, say)
  std::string command{};  // its command line, cut to 200 bytes
  std::optional<std::uint64_t> memory{};  // of the GPU
  std::uint64_t job = 0;                  // the id of our job that it belongs to; 0 = none of ours
};

struct Gpu {
  std::int64_t index = 0;                      // as nvidia-smi or rocm-smi counts
  std::optional<std::int64_t> mig_instance{};  // of a MIG instance: its number in that GPU
  std::string uuid{};                          // "GPU-…", "MIG-…": what a claim names
  std::string vendor{};                        // "nvidia" or "amd"
  std::string model{};
  std::optional<std::uint64_t> memory_total{}, memory_used{}, memory_free{};
  std::optional<double> utilisation{};  // per cent of the time that something ran on it
  std::optional<double> temperature{};  // °C
  std::optional<double> power{};        // W
  bool divided = false;                 // into MIG instances: not given away as a whole
  std::vector<GpuUser> users{};
  std::uint64_t claimed_by = 0;  // the live job that was given this GPU; 0 = nobody
};

// "3"; of a MIG instance "3/0".
std::string number_of(const Gpu& gpu);

struct MachineFigures {
  double age = 0;           // seconds since the GPUs were asked, when these figures were sent
  std::uint32_t cores = 0;  // that we may use
  std::optional<double> load_1{}, load_5{},
      load_15{};                     // processes that want to run, on average over minutes
  std::optional<double> cpu_busy{};  // share of all cores' time, 0 to 1, over the last seconds
  std::uint64_t memory_total = 0, memory_available = 0;  // available: without swapping
  std::string disk_place{};                              // the directory that the next two are of
  std::optional<std::uint64_t> disk_total{},
      disk_free{};       // free: for us, without the reserve of root
  std::string driver{};  // the GPUs' driver
  std::string cuda{};    // the newest CUDA that this driver can do
  std::string
      gpu_problem{};  // why GPUs are missing here, in the words of their tool; "" = they are not
  std::vector<Gpu> gpus{};
  std::vector<std::string> found{};  // of the places that were asked for, those that are there
  bool environment = false;  // a Python environment of the project that was asked about is there
};

// Those that one can have: MIG instances instead of the GPU that is divided into them.
std::size_t count_gpus(const std::vector<Gpu>& gpus);

// Why a GPU cannot be given to a job that needs `memory` bytes of it free; "" where it can: nobody of
// ours has claimed it, nobody else computes on it, and next to nothing of its memory is in use, whatever
// its utilisation is at this moment.
std::string why_taken(const Gpu& gpu, std::uint64_t memory);

}  // namespace libre
