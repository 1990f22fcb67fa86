#include "jobs/local_job_host.hpp"

#include <signal.h>

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "jobs/check_spec.hpp"
#include "jobs/control_socket.hpp"
#include "jobs/job_selector.hpp"
#include "jobs/log_reader.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

// A supervisor that was killed usually means that somebody wants the job gone.
constexpr auto orphan_grace = std::chrono::milliseconds(1000);
constexpr auto repair_patience = std::chrono::seconds(2);

// Here and not in the supervisor: a login shell may set another home, and mirrors are in ours.
std::string from_home(const std::string& directory, const Variables& environment) {
  const std::filesystem::path home = get_variable(environment, "HOME");
  if (directory.empty() || directory.starts_with('~') || home.empty()) return directory;
  return (home / directory).lexically_normal().string();
}

Error job_has_ended(std::uint64_t job) {
  return Error{Errc::not_found, "job " + std::to_string(job) + " has ended"};
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

Result<ControlClient> LocalJobHost::connect(std::uint64_t job, const Wait& wait) {
  auto client = ControlClient::connect(options_.runtime_dir, job, wait);
  if (client) return client;
  const auto folder = ledger_.folder(job);
  const auto state = read_state(folder);
  if (read_end(folder) || !state || !is_alive(state->supervisor())) return job_has_ended(job);
  // A cleaner of /tmp took the socket away: the supervisor makes a new one when told to.
  ::kill(static_cast<pid_t>(state->supervisor_pid), SIGUSR1);
  const Deadline patience = wait.deadline.or_earlier(Deadline::after(repair_patience));
  while (!client && !patience.passed() && is_alive(state->supervisor())) {
    (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(10)), wait.waker});
    client = ControlClient::connect(options_.runtime_dir, job, wait);
  }
  if (!client && !is_alive(state->supervisor())) return job_has_ended(job);
  return client;
}

Result<ControlReply> LocalJobHost::control(std::uint64_t job, const ControlRequest& request,
                                           std::string_view body, const Wait& wait) {
  LIBRE_TRY(const auto info, read(job));
  if (is_final(info.state)) return job_has_ended(job);
  LIBRE_TRY(auto client, connect(job, wait));
  LIBRE_CHECK(client.send(request, body, wait));
  auto reply = client.receive(wait);
  if (!reply && reply.error().code == Errc::disconnected) return job_has_ended(job);
  return reply;
}

Result<void> LocalJobHost::send_signal(std::uint64_t job, int signal, const Wait& wait) {
  ControlRequest request;
  request.verb = "signal";
  request.signal = signal;
  LIBRE_CHECK(control(job, request, {}, wait));
  return {};
}

Result<void> LocalJobHost::write_stdin(std::uint64_t job, const std::string& writer,
                                       std::uint64_t offset, std::string_view bytes, bool end,
                                       const Wait& wait) {
  do {
    const auto piece = bytes.substr(0, wire::max_body / 4);
    bytes.remove_prefix(piece.size());
    ControlRequest request;
    request.verb = "stdin";
    request.writer = writer;
    request.offset = offset;
    request.end = end && bytes.empty();
    LIBRE_CHECK(control(job, request, piece, wait));
    offset += piece.size();
  } while (!bytes.empty());
  return {};
}

Result<std::uint64_t> LocalJobHost::claim_stdin(std::uint64_t job, const std::string& writer,
                                                const Wait& wait) {
  ControlRequest request;
  request.verb = "claim";
  request.writer = writer;
  LIBRE_TRY(const auto reply, control(job, request, {}, wait));
  return reply.received;
}

Result<void> LocalJobHost::resize_terminal(std::uint64_t job, std::uint32_t columns,
                                           std::uint32_t rows, const Wait& wait) {
  ControlRequest request;
  request.verb = "resize";
  request.columns = columns;
  request.rows = rows;
  LIBRE_CHECK(control(job, request, {}, wait));
  return {};
}

Result<std::set<std::uint64_t>> LocalJobHost::live_ones(const std::vector<std::uint64_t>& jobs) {
  std::set<std::uint64_t> live;
  for (const std::uint64_t job : jobs) {
    const auto info = read(job);
    if (!info)
      return Error{Errc::not_found, "there is no job " + std::to_string(job), "",
                   "`re list` shows the jobs"};
    if (!is_final(info->state)) live.insert(job);
  }
  return live;
}

Result<std::vector<KillReport>> LocalJobHost::kill(const std::vector<std::uint64_t>& jobs,
                                                   std::chrono::milliseconds grace,
                                                   const Wait& wait) {
  LIBRE_TRY(const auto live, live_ones(jobs));  // a wrong id must be told before anything is ended
  ControlRequest request;
  request.verb = "kill";
  request.grace_ms = grace.count();
  request.who = "re kill";
  // All are asked first, so that their graces run side by side.
  std::map<std::uint64_t, ControlClient> asked;
  for (const std::uint64_t job : live) {
    auto client = connect(job, wait);
    if (client && client->send(request, {}, wait)) asked.emplace(job, *std::move(client));
  }
  std::vector<KillReport> reports;
  for (const std::uint64_t job : std::set(jobs.begin(), jobs.end())) {
    const auto client = asked.find(job);
    if (!live.contains(job)) {
      reports.push_back({job, false, true, 0});
    } else if (client != asked.end()) {
      LIBRE_TRY(const auto report, finish_kill(job, client->second, wait));
      reports.push_back(report);
    } else {
      LIBRE_TRY(const auto report, kill_unreachable(job, grace, wait));
      reports.push_back(report);
    }
  }
  return reports;
}

Result<KillReport> LocalJobHost::finish_kill(std::uint64_t job, ControlClient& client,
                                             const Wait& wait) {
  const auto reply = client.receive(wait);
  if (reply) return KillReport{job, true, reply->gone, reply->processes};
  if (reply.error().code != Errc::disconnected) return reply.error();
  return await_watcher(job, wait);
}

Result<KillReport> LocalJobHost::await_watcher(std::uint64_t job, const Wait& wait) {
  // Its supervisor ended by itself, or somebody killed it; then our watcher ends the tree.
  const auto folder = ledger_.folder(job);
  LIBRE_CHECK(wait_for_end(folder, wait));
  const auto submitted = read_submitted(folder);
  const auto state = read_state(folder);
  return KillReport{job, true, submitted && state && find_orphans(*submitted, *state).empty(), 0};
}

Result<KillReport> LocalJobHost::kill_unreachable(std::uint64_t job,
                                                  std::chrono::milliseconds grace,
                                                  const Wait& wait) {
  if (wait.waker && wait.waker->notified()) return Error{Errc::interrupted, "interrupted"};
  if (wait.deadline.passed()) return Error{Errc::timed_out, "timed out"};
  const auto folder = ledger_.folder(job);
  if (!read_state(folder)) const std::lock_guard until_started(submitting_);
  const auto state = read_state(folder);
  LIBRE_TRY(const auto submitted, read_submitted(folder));
  if (!state)
    return Error{Errc::timed_out, "job " + std::to_string(job) + " is still about to start", "",
                 "try again in a moment"};
  if (!is_alive(state->supervisor())) return await_watcher(job, wait);
  options_.log.warn("the supervisor of job " + std::to_string(job) +
                    " cannot be reached; its processes are ended without it");
  const auto tree = end_orphans(submitted, *state, grace);
  // The supervisor sees its children end and records that, unless something holds it up.
  const Wait recorded{wait.deadline.or_earlier(Deadline::after(repair_patience)), wait.waker};
  if (tree.gone) (void)wait_for_end(folder, recorded);
  return KillReport{job, true, tree.gone, tree.processes};
}

Result<JobInfo> LocalJobHost::read_log(const LogQuery& query, const LogBegin& begin,
                                       const LogSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto job, find(query.job, query.project, wait));
  LIBRE_CHECK(jobs::read_log(ledger_.folder(job.id), job, query, begin, sink, wait));
  return read(job.id);
}

}  // namespace libre::jobs
