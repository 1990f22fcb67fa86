// What LocalJobHost asks of jobs that run: through the socket of their supervisor, and without it where that does
// not answer.
#include <signal.h>

#include <map>
#include <set>

#include "jobs/control_socket.hpp"
#include "jobs/local_job_host.hpp"
#include "jobs/log_reader.hpp"
#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

constexpr auto repair_patience = std::chrono::seconds(2);

Error job_has_ended(std::uint64_t job) {
  return Error{Errc::not_found, "job " + std::to_string(job) + " has ended"};
}

}  // namespace

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

}  // namespace libre::jobs
