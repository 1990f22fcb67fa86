// The kernel's text files as figures. Pure; formats as in proc(5).
#pragma once
#include <optional>
#include <string_view>

#include <libre/figures.hpp>

namespace libre::probe {

// /proc/meminfo. Where MemAvailable is missing (before Linux 3.14) free memory and the page cache stand
// for it.
void read_meminfo(std::string_view text, MachineFigures& figures);

// /proc/loadavg.
void read_loadavg(std::string_view text, MachineFigures& figures);

// The first line of /proc/stat: ticks of all cores since the machine started.
struct CpuTimes {
  std::uint64_t busy = 0, idle = 0;
};
std::optional<CpuTimes> parse_cpu_times(std::string_view stat);

// The share of time that was busy between two looks; nullopt where no time went by, or a counter ran
// backwards (it may, for waiting on disks).
std::optional<double> busy_between(const CpuTimes& before, const CpuTimes& after);

}  // namespace libre::probe
