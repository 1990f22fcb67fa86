#include "jobs/local_job_host.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "jobs/check_spec.hpp"
#include "jobs/job_selector.hpp"
#include "jobs/log_reader.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

// A supervisor that was killed usually means that somebody wants the job gone.
constexpr auto orphan_grace = std::chrono::milliseconds(1000);

// Here and not in the supervisor: a login shell may set another home, and mirrors are in ours.
std::string from_home(const std::string& directory, const Variables& environment) {
  const std::filesystem::path home = get_variable(environment, "HOME");
  if (directory.empty() || directory.starts_with('~') || home.empty()) return directory;
  return (home / directory).lexically_normal().string();
}

}  // namespace

Result<std::unique_ptr<LocalJobHost>> LocalJobHost::open(LocalJobHostOptions options) {
  LIBRE_TRY(auto ledger, Ledger::open(options.state_root / "jobs"));
  LIBRE_CHECK(make_private_directory(options.runtime_dir));
  std::unique_ptr<LocalJobHost> host(new LocalJobHost(std::move(options), std::move(ledger)));
  LIBRE_TRY(host->watcher_, ProcessWatcher::start([raw = host.get()](std::uint64_t id) {
              raw->supervisor_gone(id);
            }));
  for (const std::uint64_t id : host->ledger_.ids()) host->adopt(id);
  return host;
}

LocalJobHost::~LocalJobHost() { watcher_.reset(); }

bool LocalJobHost::busy() const { return !watcher_->empty(); }

std::uint64_t LocalJobHost::job_of(pid_t pid) const {
  // The supervisor is the subreaper of all its job's processes, so the way up leads to it.
  for (int steps = 0; pid > 1 && steps < 1000; ++steps, pid = parent_of(pid))
    if (const auto job = watcher_->tag_of(pid)) return *job;
  return 0;
}

Claims LocalJobHost::claims() const {
  return claims_.held([this](std::uint64_t id) { return ledger_.folder(id); });
}

void LocalJobHost::adopt(std::uint64_t id) {
  const auto folder = ledger_.folder(id);
  const auto submitted = read_submitted(folder);
  if (!submitted) {  // one bad folder must not stop the others
    options_.log.warn("job " + std::to_string(id) +
                      " cannot be read: " + submitted.error().describe());
    std::error_code failure;  // a loss of power before it was accepted leaves an empty record
    if (std::filesystem::file_size(ledger_.folder(id) / "job.json", failure) == 0)
      (void)ledger_.remove_unstarted(id);
    return;
  }
  keys_[submitted->spec.key] = id;
  if (read_end(folder)) return;
  claims_.hold(id, submitted->gpus);
  if (watch_started(id)) return;
  if (!submitted->boot_id.empty() && submitted->boot_id != boot_id()) {
    // It may have been accepted before the machine went down, so it must not vanish.
    RunState unknown;
    unknown.boot_id = submitted->boot_id;
    (void)write_end(folder, lost_end(unknown, boot_id(), now()));
    return;
  }
  const auto removed = ledger_.remove_unstarted(id);
  if (removed && !*removed && (read_end(folder) || watch_started(id))) return;
  claims_.release(id);
  keys_.erase(submitted->spec.key);
  if (removed && *removed) {
    options_.log.warn("job " + std::to_string(id) +
                      " was recorded but never started; it is forgotten");
    return;
  }
  leave_out(id);  // a full or read-only disk must not keep the agent from starting
  options_.log.error("job " + std::to_string(id) + " is left out: " +
                     (removed ? "its state cannot be read" : removed.error().describe()));
}

bool LocalJobHost::watch_started(std::uint64_t id) {
  const auto state = read_state(ledger_.folder(id));
  if (!state) return false;
  options_.log.info("adopting job " + std::to_string(id));
  watcher_->watch(id, state->supervisor());
  return true;
}

void LocalJobHost::leave_out(std::uint64_t id) {
  const std::lock_guard lock(ended_mutex_);
  left_out_.insert(id);
}

void LocalJobHost::supervisor_gone(std::uint64_t id) {
  const auto folder = ledger_.folder(id);
  if (!read_end(folder)) record_loss(id);
  claims_.release(id);
}

void LocalJobHost::record_loss(std::uint64_t id) {
  const auto folder = ledger_.folder(id);
  const auto submitted = read_submitted(folder);
  const auto state = read_state(folder);
  if (!submitted || !state) return;
  const JobEnd end = lost_end(*state, boot_id(), now());
  if (state->boot_id == boot_id()) {
    const auto tree = end_orphans(*submitted, *state, orphan_grace);
    if (!tree.gone)
      options_.log.error("job " + std::to_string(id) +
                         " is lost, and processes of it cannot be killed");
  }
  options_.log.warn("job " + std::to_string(id) + " is lost: " + end.lost);
  if (auto written = write_end(folder, end); !written)
    options_.log.error(written.error().describe());
}

std::optional<std::uint64_t> LocalJobHost::known(const std::string& key) const {
  const auto found = key.empty() ? keys_.end() : keys_.find(key);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

Result<JobInfo> LocalJobHost::submit(const JobSpec& spec, const Wait& wait) {
  LIBRE_CHECK(check_spec(spec));
  std::unique_lock lock(submitting_);
  if (const auto id = known(spec.key)) return read(*id);
  GpuGrant gpus;
  if (spec.gpus > 0) {
    if (!options_.look_at_gpus)
      return Error{Errc::unsupported, "this machine's agent cannot hand out GPUs"};
    lock.unlock();  // the others must not wait for a slow driver
    LIBRE_TRY(const auto pick, options_.look_at_gpus(spec, wait));
    lock.lock();
    if (const auto id = known(spec.key)) return read(*id);
    LIBRE_TRY(gpus, pick(claims()));
  }
  JobSpec keyed = spec;
  if (keyed.key.empty()) keyed.key = random_id(16);
  keyed.directory = from_home(keyed.directory, options_.environment.value_or(own_variables()));
  return start(keyed, gpus);
}

Result<JobInfo> LocalJobHost::start(const JobSpec& spec, const GpuGrant& gpus) {
  LIBRE_TRY(const auto job, ledger_.create(spec, gpus));
  const auto folder = ledger_.folder(job.id);
  claims_.hold(job.id, gpus);
  auto launched =
      launch_supervisor(options_.program, folder, options_.runtime_dir, options_.environment);
  if (!launched) {
    const auto removed = ledger_.remove_unstarted(job.id);
    if (!removed) leave_out(job.id);
    if (!removed || *removed) claims_.release(job.id);
    if (!removed || *removed) return std::move(launched).error().wrapped("cannot start the job");
  }
  keys_[spec.key] = job.id;
  if (const auto state = read_state(folder)) watcher_->watch(job.id, state->supervisor());
  return read(job.id);
}

Result<JobInfo> LocalJobHost::read(std::uint64_t id) {
  {
    const std::lock_guard lock(ended_mutex_);
    if (const auto known = ended_.find(id); known != ended_.end()) return known->second;
    if (left_out_.contains(id)) return Error{Errc::not_found, "this job never started"};
  }
  LIBRE_TRY(auto info, read_info(ledger_.folder(id)));
  if (is_final(info.state)) {
    const std::lock_guard lock(ended_mutex_);
    ended_.insert_or_assign(id, info);
  }
  return info;
}

std::vector<JobInfo> LocalJobHost::read_all() {
  std::vector<JobInfo> jobs;
  for (const std::uint64_t id : ledger_.ids())
    if (auto info = read(id)) jobs.push_back(*std::move(info));
  return jobs;
}

Result<std::vector<JobInfo>> LocalJobHost::list(const JobFilter& filter, const Wait&) {
  std::vector<JobInfo> jobs;
  const auto ids = ledger_.ids();
  std::uint64_t ended = 0;
  // Newest first, so that of what ended long ago nothing but that it has ended is looked at.
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const bool only_live = filter.only_live || (filter.limit != 0 && ended >= filter.limit);
    if (only_live && has_end(ledger_.folder(*id))) continue;
    auto info = read(*id);
    if (!info || !matches(*info, filter)) continue;
    if (is_final(info->state)) ++ended;
    jobs.push_back(*std::move(info));
  }
  std::reverse(jobs.begin(), jobs.end());
  return filter_jobs(std::move(jobs), filter);
}

Result<JobInfo> LocalJobHost::find(const std::string& job, const std::string& project,
                                   const Wait&) {
  const auto jobs = read_all();
  LIBRE_TRY(const auto id, select_job(jobs, job, project));
  return read(id);
}

Result<JobInfo> LocalJobHost::read_log(const LogQuery& query, const LogBegin& begin,
                                       const LogSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto job, find(query.job, query.project, wait));
  LIBRE_CHECK(jobs::read_log(ledger_.folder(job.id), job, query, begin, sink, wait));
  return read(job.id);
}

}  // namespace libre::jobs
