#include "probe/free_gpus.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace libre {
namespace {

// What drivers keep for themselves, and a desktop draws with: of an idle GPU up to some 600 MB are in use.
constexpr std::uint64_t idle_memory = 1'000'000'000;
constexpr double idle_share = 0.05;
// Nobody draws with a MIG instance, of which some 13 MB are in use; what runs on it is not told as utilisation.
constexpr std::uint64_t idle_instance_memory = 100'000'000;
// Somebody whose processes we cannot see.
constexpr double idle_utilisation = 10;

std::string used_by(const GpuUser& user) {
  if (user.job != 0) return fmt::format("job {} uses it", user.job);
  const std::string pid = fmt::format("process {}", user.pid);
  return user.user.empty() ? pid + " uses it" : fmt::format("{} of {} uses it", pid, user.user);
}

}  // namespace

std::string number_of(const Gpu& gpu) {
  const std::string index = std::to_string(gpu.index);
  return gpu.mig_instance ? fmt::format("{}/{}", index, *gpu.mig_instance) : index;
}

std::size_t count_gpus(const std::vector<Gpu>& gpus) {
  return static_cast<std::size_t>(std::count_if(
      gpus.begin(), gpus.end(), [&](const Gpu& gpu) { return !probe::is_in_pieces(gpu, gpus); }));
}

std::string why_taken(const Gpu& gpu, std::uint64_t memory) {
  if (gpu.claimed_by != 0) return fmt::format("job {} has it", gpu.claimed_by);
  if (!gpu.users.empty()) return used_by(gpu.users.front());
  if (gpu.divided) return "it is divided into MIG instances";
  if (gpu.uuid.empty()) return "its tool does not tell its name";
  if (gpu.memory_used) {
    const auto total = static_cast<double>(gpu.memory_total.value_or(0));
    const auto limit = std::max(gpu.mig_instance ? idle_instance_memory : idle_memory,
                                static_cast<std::uint64_t>(total * idle_share));
    if (*gpu.memory_used > limit)
      return human_bytes(*gpu.memory_used) + " of its memory are in use";
  }
  if (gpu.utilisation && *gpu.utilisation >= idle_utilisation) return "something runs on it";
  if (memory != 0 && !gpu.memory_free) return "how much of its memory is free is not known";
  if (memory != 0 && *gpu.memory_free < memory)
    return fmt::format("only {} of its memory are free", human_bytes(*gpu.memory_free));
  return {};
}

namespace probe {

bool is_in_pieces(const Gpu& gpu, const std::vector<Gpu>& gpus) {
  return gpu.divided && std::any_of(gpus.begin(), gpus.end(), [&](const Gpu& other) {
           return other.mig_instance && other.index == gpu.index;
         });
}

void set_claims(std::vector<Gpu>& gpus, const Claims& claims) {
  for (Gpu& gpu : gpus) {
    const auto claim = claims.find(gpu.uuid);
    gpu.claimed_by = claim == claims.end() ? 0 : claim->second;
  }
}

Result<std::vector<Gpu>> pick_gpus(const std::vector<Gpu>& gpus, std::uint32_t count,
                                   std::uint64_t memory) {
  const auto is_large_enough = [&](const Gpu& gpu) {
    if (is_in_pieces(gpu, gpus)) return false;
    if (count > 1 && gpu.mig_instance) return false;  // a process can have but one
    return memory == 0 || gpu.memory_total.value_or(0) >= memory;
  };
  const std::string wanted =
      fmt::format("{} GPU{}{}", count, count == 1 ? "" : "s",
                  memory == 0 ? "" : " with " + human_bytes(memory) + " of memory free");
  const auto large = std::count_if(gpus.begin(), gpus.end(), is_large_enough);
  if (large < count)
    return Error{Errc::not_found, "this machine has no " + wanted,
                 gpus.empty() ? "it has no GPU that its tools can see"
                              : fmt::format("of its {} GPUs {} {}", count_gpus(gpus), large,
                                            memory == 0 ? "can be had together" : "have that much"),
                 "re probe shows what the machines have"};
  std::vector<Gpu> free;
  std::vector<std::string> reasons;
  for (const Gpu& gpu : gpus) {
    if (!is_large_enough(gpu)) continue;
    const auto why = why_taken(gpu, memory);
    if (why.empty())
      free.push_back(gpu);
    else if (reasons.size() < 4)
      reasons.push_back(fmt::format("GPU {}: {}", number_of(gpu), why));
  }
  if (free.size() < count)
    return Error{
        Errc::busy,
        fmt::format("{} {} not free on this machine now", wanted, count == 1 ? "is" : "are"),
        join(reasons, "; "),
        "wait for what runs there, or let re take another machine: --instance auto"};
  // Who does not say how much is served with a whole GPU, while there is one.
  const auto size_of = [&](const Gpu& gpu) {
    return std::pair(memory == 0 && gpu.mig_instance, gpu.memory_total.value_or(0));
  };
  std::stable_sort(free.begin(), free.end(),
                   [&](const Gpu& a, const Gpu& b) { return size_of(a) < size_of(b); });
  free.resize(count);
  std::sort(free.begin(), free.end(), [](const Gpu& a, const Gpu& b) { return a.index < b.index; });
  return free;
}

}  // namespace probe
}  // namespace libre
