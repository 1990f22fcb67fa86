#include "probe/system_figures.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "probe/number.hpp"

namespace libre::probe {

void read_meminfo(std::string_view text, MachineFigures& figures) {
  std::uint64_t available = 0, unused = 0, cached = 0;
  for (const auto& line : split_lines(text)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = std::string_view(line).substr(0, colon);
    const auto bytes =
        whole(std::string_view(line).substr(colon + 1)).value_or(0) * 1024;  // "… kB"
    if (name == "MemTotal") figures.memory_total = bytes;
    if (name == "MemAvailable") available = bytes;
    if (name == "MemFree") unused = bytes;
    if (name == "Cached") cached = bytes;
  }
  figures.memory_available = available != 0 ? available : unused + cached;
}

void read_loadavg(std::string_view text, MachineFigures& figures) {
  const auto fields = split(trim(text), ' ');
  if (fields.size() < 3) return;
  figures.load_1 = number(fields[0]);
  figures.load_5 = number(fields[1]);
  figures.load_15 = number(fields[2]);
}

std::optional<CpuTimes> parse_cpu_times(std::string_view stat) {
  if (!stat.starts_with("cpu ")) return std::nullopt;
  stat = trim(stat.substr(4, stat.find('\n') - 4));
  const auto fields = split(stat, ' ');
  if (fields.size() < 4) return std::nullopt;
  CpuTimes times;
  // user nice system idle iowait irq softirq steal; guests (after these) are part of user already.
  for (std::size_t i = 0; i < std::min<std::size_t>(fields.size(), 8); ++i) {
    const auto ticks = whole(fields[i]);
    if (!ticks) return std::nullopt;
    (i == 3 || i == 4 ? times.idle : times.busy) += *ticks;
  }
  return times;
}

std::optional<double> busy_between(const CpuTimes& before, const CpuTimes& after) {
  if (after.busy < before.busy || after.idle < before.idle) return std::nullopt;
  const auto busy = static_cast<double>(after.busy - before.busy);
  const auto all = busy + static_cast<double>(after.idle - before.idle);
  if (all <= 0) return std::nullopt;
  return busy / all;
}

}  // namespace libre::probe
