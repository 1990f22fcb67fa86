#include "jobs/local_job_host.hpp"

#include <signal.h>

#include <set>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "jobs/control_socket.hpp"
#include "jobs/job_selector.hpp"
#include "jobs/log_reader.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

// A supervisor that was killed usually means that somebody wants the job gone.
constexpr auto orphan_grace = std::chrono::milliseconds(1000);
constexpr auto repair_patience = std::chrono::seconds(2);

Result<void> check_spec(const JobSpec& spec) {
  if (spec.argv.empty() == spec.command.empty())
    return Error{Errc::usage, "a job needs either a command line or a list of words", "",
                 "give exactly one of them"};
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  bool bad = has_nul(spec.command) || has_nul(spec.directory) || has_nul(spec.log_link);
  for (const auto& word : spec.argv) bad = bad || has_nul(word);
  for (const auto& [name, value] : spec.environment)
    bad = bad || has_nul(name) || has_nul(value) || name.empty() ||
          name.find('=') != std::string::npos;
  if (bad)
    return Error{Errc::usage, "a word of the job cannot be passed to a program",
                 "a NUL byte, or a bad variable name"};
  return {};
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

void LocalJobHost::adopt(std::uint64_t id) {
  const auto folder = ledger_.folder(id);
  const auto submitted = read_submitted(folder);
  if (!submitted) {  // one bad folder must not stop the others
    options_.log.warn("job " + std::to_string(id) +
                      " cannot be read: " + submitted.error().describe());
    return;
  }
  keys_[submitted->spec.key] = id;
  if (read_end(folder)) return;
  if (const auto state = read_state(folder)) {
    options_.log.info("adopting job " + std::to_string(id));
    return watcher_->watch(id, state->supervisor());
  }
  if (!ledger_.remove_unstarted(id)) return adopt(id);
  keys_.erase(submitted->spec.key);
  options_.log.warn("job " + std::to_string(id) +
                    " was recorded but never started; it is forgotten");
}

void LocalJobHost::supervisor_gone(std::uint64_t id) {
  const auto folder = ledger_.folder(id);
  if (read_end(folder)) return;
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

Result<JobInfo> LocalJobHost::submit(const JobSpec& spec, const Wait&) {
  LIBRE_CHECK(check_spec(spec));
  const std::lock_guard lock(submitting_);
  if (const auto known = keys_.find(spec.key); !spec.key.empty() && known != keys_.end())
    return read(known->second);
  JobSpec keyed = spec;
  if (keyed.key.empty()) keyed.key = random_id(16);
  return start(keyed);
}

Result<JobInfo> LocalJobHost::start(const JobSpec& spec) {
  LIBRE_TRY(const auto job, ledger_.create(spec));
  const auto folder = ledger_.folder(job.id);
  auto launched =
      launch_supervisor(options_.program, folder, options_.runtime_dir, options_.environment);
  if (!launched && ledger_.remove_unstarted(job.id))
    return std::move(launched).error().wrapped("cannot start the job");
  keys_[spec.key] = job.id;
  if (const auto state = read_state(folder)) watcher_->watch(job.id, state->supervisor());
  return read(job.id);
}

Result<JobInfo> LocalJobHost::read(std::uint64_t id) {
  {
    const std::lock_guard lock(ended_mutex_);
    if (const auto known = ended_.find(id); known != ended_.end()) return known->second;
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
  return filter_jobs(read_all(), filter);
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

Result<void> LocalJobHost::control(std::uint64_t job, const ControlRequest& request,
                                   std::string_view body, const Wait& wait) {
  LIBRE_TRY(const auto info, read(job));
  if (is_final(info.state)) return job_has_ended(job);
  LIBRE_TRY(auto client, connect(job, wait));
  LIBRE_CHECK(client.send(request, body, wait));
  auto reply = client.receive(wait);
  if (!reply && reply.error().code == Errc::disconnected) return job_has_ended(job);
  LIBRE_CHECK(reply);
  return {};
}

Result<void> LocalJobHost::send_signal(std::uint64_t job, int signal, const Wait& wait) {
  ControlRequest request;
  request.verb = "signal";
  request.signal = signal;
  return control(job, request, {}, wait);
}

Result<void> LocalJobHost::write_stdin(std::uint64_t job, std::uint64_t offset,
                                       std::string_view bytes, bool end, const Wait& wait) {
  do {
    const auto piece = bytes.substr(0, wire::max_body / 4);
    bytes.remove_prefix(piece.size());
    ControlRequest request;
    request.verb = "stdin";
    request.offset = offset;
    request.end = end && bytes.empty();
    LIBRE_CHECK(control(job, request, piece, wait));
    offset += piece.size();
  } while (!bytes.empty());
  return {};
}

Result<void> LocalJobHost::resize_terminal(std::uint64_t job, std::uint32_t columns,
                                           std::uint32_t rows, const Wait& wait) {
  ControlRequest request;
  request.verb = "resize";
  request.columns = columns;
  request.rows = rows;
  return control(job, request, {}, wait);
}

Result<std::vector<KillReport>> LocalJobHost::kill(const std::vector<std::uint64_t>& jobs,
                                                   std::chrono::milliseconds grace,
                                                   const Wait& wait) {
  // All are asked first, so that their graces run side by side.
  std::map<std::uint64_t, std::optional<ControlClient>> asked;
  std::vector<KillReport> reports;
  ControlRequest request;
  request.verb = "kill";
  request.grace_ms = grace.count();
  request.who = "re kill";
  for (const std::uint64_t job : jobs) {
    auto info = read(job);
    if (!info)
      return Error{Errc::not_found, "there is no job " + std::to_string(job), "",
                   "`re list` shows the jobs"};
    if (is_final(info->state)) continue;
    auto& slot = asked[job];
    if (auto client = connect(job, wait); client && client->send(request, {}, wait))
      slot = *std::move(client);
  }
  for (const std::uint64_t job : std::set(jobs.begin(), jobs.end())) {
    const auto client = asked.find(job);
    if (client == asked.end()) {
      reports.push_back({job, false, true, 0});
      continue;
    }
    LIBRE_TRY(const auto report,
              finish_kill(job, client->second ? &*client->second : nullptr, wait));
    reports.push_back(report);
  }
  return reports;
}

Result<KillReport> LocalJobHost::finish_kill(std::uint64_t job, ControlClient* client,
                                             const Wait& wait) {
  KillReport report{job, true, false, 0};
  if (client) {
    const auto reply = client->receive(wait);
    if (reply) return KillReport{job, true, reply->gone, reply->processes};
    if (reply.error().code != Errc::disconnected) return reply.error();
  }
  // Its supervisor ended by itself, or somebody killed it; then our watcher ends the tree.
  LIBRE_CHECK(wait_for_end(ledger_.folder(job), wait));
  const auto submitted = read_submitted(ledger_.folder(job));
  const auto state = read_state(ledger_.folder(job));
  report.gone = submitted && state && find_orphans(*submitted, *state).empty();
  return report;
}

Result<JobInfo> LocalJobHost::read_log(const LogQuery& query, const LogSink& sink,
                                       const Wait& wait) {
  LIBRE_TRY(const auto job, find(query.job, query.project, wait));
  LIBRE_CHECK(jobs::read_log(ledger_.folder(job.id), job.spec, query, sink, wait));
  return read(job.id);
}

}  // namespace libre::jobs
