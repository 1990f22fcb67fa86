// The GPUs of this machine, as NVML, nvidia-smi or rocm-smi see them: the first that does.
//
// NVML is asked by a small program (nvml/) that runs as a child, so that a driver that crashes or hangs does it
// there; docs/decisions/0025 says why.
//
// Thread safety: all functions may be called from several threads at once; one asks the tools, and the
// others take what it got.
#pragma once
#include <chrono>
#include <mutex>

#include <libre/figures.hpp>

#include "probe/tool_runs.hpp"

namespace libre::probe {

// driver, cuda, gpu_problem and gpus of MachineFigures.
struct GpuFigures {
  std::vector<Gpu> gpus{};
  std::string driver{}, cuda{}, problem{};
  bool late = false;  // the tool did not answer in time
  std::chrono::steady_clock::time_point taken{};
  double age() const;  // seconds
};

class GpuReader {
 public:
  // `environment` ("K=V") says where the tools are (PATH), and is what they get. Places where drivers put
  // them that are on nobody's PATH are looked at as well; places of libraries by `nvml_reader` only, and
  // only where it finds none without them.
  // `nvml_reader` is that program, as bytes that stay; without it nvidia-smi is the first.
  explicit GpuReader(std::vector<std::string> environment, std::string_view nvml_reader = {});

  // Figures that are no older than `max_age`, or than this call. What goes wrong stands in `problem`; a
  // machine without any tool has no GPUs, and no problem. A tool that did not answer in time is left
  // alone for ten seconds. NVML, where it cannot be used or crashes, is left alone for five minutes. Users have neither user nor job yet.
  GpuFigures read(std::chrono::milliseconds max_age, const Wait& wait);

 private:
  GpuFigures ask(const Wait& wait);
  std::optional<GpuFigures> ask_nvml(const Wait& wait);  // nullopt: ask somebody else
  Result<ToolAnswer> run_nvml(const Wait& wait);
  GpuFigures ask_nvidia_smi(const Wait& wait);
  GpuFigures ask_rocm(const Wait& wait);

  std::mutex mutex_;  // held while the tools run; guards all below
  ToolRuns tools_;
  const std::vector<std::string>
      with_libraries_;  // the environment with further places of libraries
  const std::string_view nvml_bytes_;
  Fd nvml_{};                                          // the program, once it is in memory
  std::chrono::steady_clock::time_point nvml_from_{};  // when NVML may be tried again
  bool nvml_elsewhere_ = false;                        // it was found in those places last time
  std::vector<std::string> fields_;             // of nvidia-smi, those that this driver knows
  std::pair<std::string, std::string> cuda_{};  // a driver's version, and its CUDA's
  std::optional<GpuFigures> last_{};
};

}  // namespace libre::probe
