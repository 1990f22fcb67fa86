#include "jobs/state.hpp"

namespace libre {

bool is_final(JobState state) { return state != JobState::starting && state != JobState::running; }

const char* name_of(JobState state) {
  switch (state) {
    case JobState::starting:
      return "starting";
    case JobState::running:
      return "running";
    case JobState::succeeded:
      return "succeeded";
    case JobState::failed:
      return "failed";
    case JobState::killed:
      return "killed";
    case JobState::lost:
      return "lost";
  }
  return "unknown";
}

int JobEnd::shell_code() const {
  if (!lost.empty()) return 1;
  if (!spawn_error.empty()) return code != 0 ? code : 127;
  return signal != 0 ? 128 + signal : code;
}

namespace jobs {

ProcessIdentity RunState::supervisor() const {
  return {static_cast<pid_t>(supervisor_pid), supervisor_start, boot_id};
}

JobState derive_state(const std::optional<RunState>& state, const std::optional<JobEnd>& end) {
  if (!end) return state && state->pid != 0 ? JobState::running : JobState::starting;
  if (!end->lost.empty()) return JobState::lost;
  if (!end->killed_by.empty()) return JobState::killed;
  return end->shell_code() == 0 ? JobState::succeeded : JobState::failed;
}

JobInfo make_info(const Submitted& submitted, const std::optional<RunState>& state,
                  const std::optional<JobEnd>& end, std::uint64_t log_size) {
  JobInfo info;
  info.id = submitted.id;
  info.spec = submitted.spec;
  info.submitted = submitted.submitted;
  info.state = derive_state(state, end);
  if (state) {
    info.started = state->started;
    info.pid = state->pid;
  }
  info.end = end;
  info.log_size = log_size;
  info.gpus = submitted.gpus.names;
  return info;
}

JobEnd lost_end(const RunState& state, const std::string& boot_now, double now) {
  JobEnd end;
  end.lost = state.boot_id == boot_now ? "its supervisor was killed" : "the machine was restarted";
  end.ended = now;
  end.killed_by = state.killed_by;
  return end;
}

std::string job_marker(const Submitted& submitted) {
  return std::to_string(submitted.id) + "." + submitted.spec.key;
}

}  // namespace jobs
}  // namespace libre
