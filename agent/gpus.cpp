#include "gpus.hpp"

#include "probe/free_gpus.hpp"

namespace libre::agent {
namespace {

// The client gives a submit half a minute.
constexpr auto patience = std::chrono::seconds(10);

}  // namespace

jobs::LookAtGpus look_at_gpus(std::shared_ptr<probe::GpuReader> reader) {
  return [reader](const JobSpec& spec, const Wait& wait) -> Result<jobs::GpuPicker> {
    const Wait limit{wait.deadline.or_earlier(Deadline::after(patience)), wait.waker};
    auto seen = reader->read(std::chrono::milliseconds(0), limit);
    if (seen.gpus.empty() && !seen.problem.empty())
      return Error{Errc::busy, "the GPUs of this machine cannot be seen now", seen.problem,
                   "run nvidia-smi there"};
    const auto count = spec.gpus;
    const auto memory = spec.gpu_memory;
    return jobs::GpuPicker([gpus = std::move(seen.gpus), count,
                            memory](const jobs::Claims& claims) mutable -> Result<jobs::GpuGrant> {
      probe::set_claims(gpus, claims);
      LIBRE_TRY(const auto picked, probe::pick_gpus(gpus, count, memory));
      jobs::GpuGrant grant;
      for (const Gpu& gpu : picked) grant.names.push_back(gpu.uuid);
      const bool amd = picked.front().vendor == "amd";
      grant.variable = amd ? "ROCR_VISIBLE_DEVICES" : "CUDA_VISIBLE_DEVICES";
      return grant;
    });
  };
}

}  // namespace libre::agent
