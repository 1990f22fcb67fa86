// Looks at this machine.
//
// Thread safety: all functions may be called from several threads at once.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "probe/free_gpus.hpp"
#include "probe/gpu_reader.hpp"
#include "probe/probe_host.hpp"
#include "probe/system_figures.hpp"

namespace libre::probe {

struct LocalProbeHostOptions {
  std::filesystem::path home;  // where relative places begin
  std::shared_ptr<GpuReader> gpus;
  // The live job that a process belongs to, 0 = none; and what jobs have claimed. May be empty.
  std::function<std::uint64_t(std::int64_t pid)> job_of{};
  std::function<Claims()> claims{};
  // Whether a project has a Python environment here. May be empty.
  std::function<bool(const std::string& project_id)> has_environment{};
};

class LocalProbeHost final : public ProbeHost {
 public:
  explicit LocalProbeHost(LocalProbeHostOptions options) : options_(std::move(options)) {}
  Result<MachineFigures> figures(const ProbeQuery& query, const Wait& wait) override;

 private:
  void look_at_gpus(const ProbeQuery& query, MachineFigures& figures, const Wait& wait);
  std::optional<double> cpu_busy(const std::optional<CpuTimes>& begin);

  using Clock = std::chrono::steady_clock;
  const LocalProbeHostOptions options_;
  std::mutex mutex_;  // guards both below: the last look at the CPUs
  std::optional<CpuTimes> times_{};
  Clock::time_point looked_{};
};

}  // namespace libre::probe
