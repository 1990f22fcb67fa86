#include "probe/local_probe_host.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/disk.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "probe/process_owner.hpp"

namespace libre::probe {
namespace fs = std::filesystem;
namespace {

// Over less than this the kernel's ticks of 10 ms say little; over more it is another story.
constexpr std::chrono::milliseconds shortest_look{100}, longest_look{30'000};

std::uint32_t usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<std::uint32_t>(CPU_COUNT(&set));
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);  // more than a cpu_set_t holds
  return online > 0 ? static_cast<std::uint32_t>(online) : 1;
}

void look_at_disk(fs::path place, MachineFigures& figures) {
  auto disk = disk_space(place);
  for (; !disk; disk = disk_space(place)) {
    if (!place.has_relative_path()) return;
    place = place.parent_path();
  }
  figures.disk_place = place.string();
  figures.disk_total = disk->total;
  figures.disk_free = disk->free;
}

std::optional<CpuTimes> cpu_times() {
  const auto stat = read_file("/proc/stat");
  return stat ? parse_cpu_times(*stat) : std::nullopt;
}

}  // namespace

Result<MachineFigures> LocalProbeHost::figures(const ProbeQuery& query, const Wait& wait) {
  MachineFigures figures;
  const auto begin = cpu_times();
  const auto began = Clock::now();
  const fs::path place =
      (options_.home / expand_tilde(query.directory, options_.home)).lexically_normal();
  look_at_disk(place.has_filename() ? place : place.parent_path(), figures);
  for (const auto& name : query.look_for)
    if (::access((place / name).c_str(), F_OK) == 0) figures.found.push_back(name);
  figures.environment = !query.project_id.empty() && options_.has_environment &&
                        options_.has_environment(query.project_id);
  if (const auto text = read_file("/proc/meminfo")) read_meminfo(*text, figures);
  if (const auto text = read_file("/proc/loadavg")) read_loadavg(*text, figures);
  figures.cores = usable_cores();
  look_at_gpus(query, figures, wait);
  figures.cpu_busy = cpu_busy(Clock::now() - began >= shortest_look ? begin : std::nullopt);
  return figures;
}

void LocalProbeHost::look_at_gpus(const ProbeQuery& query, MachineFigures& figures,
                                  const Wait& wait) {
  const auto patience =
      std::chrono::milliseconds(std::clamp<std::int64_t>(query.patience_ms, 100, 60'000));
  const auto max_age = std::chrono::milliseconds(
      static_cast<std::int64_t>(std::clamp(query.max_age, 0.0, 60.0) * 1000));
  auto seen = options_.gpus->read(
      max_age, {wait.deadline.or_earlier(Deadline::after(patience)), wait.waker});
  figures.age = seen.age();
  figures.driver = seen.driver;
  figures.cuda = seen.cuda;
  figures.gpu_problem = seen.problem;
  figures.gpus = std::move(seen.gpus);
  for (Gpu& gpu : figures.gpus)
    for (GpuUser& user : gpu.users) {
      describe_process(user);
      if (options_.job_of) user.job = options_.job_of(user.pid);
    }
  if (options_.claims) set_claims(figures.gpus, options_.claims());
}

std::optional<double> LocalProbeHost::cpu_busy(const std::optional<CpuTimes>& begin) {
  const auto times = cpu_times();
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  const auto since = now - looked_;
  const bool useful = times_ && since >= shortest_look && since <= longest_look;
  const auto before = useful ? times_ : begin;
  if (!times_ || since >= shortest_look) {
    times_ = times;
    looked_ = now;
  }
  return before && times ? busy_between(*before, *times) : std::nullopt;
}

}  // namespace libre::probe
