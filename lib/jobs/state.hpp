// What is known about one job, and the state that follows from it. Pure.
//
// A job's state is never stored: it is derived from the files of its folder (ledger.hpp), so no
// crash can leave a state that contradicts them. exit.json alone says that a job has ended.
#pragma once
#include <optional>

#include <libre/job.hpp>

#include "base/process.hpp"

namespace libre::jobs {

// GPUs that a job is given.
struct GpuGrant {
  std::vector<std::string> names{};  // uuid of each
  std::string variable{};  // of the environment, that says so to programs: CUDA_VISIBLE_DEVICES
};

// job.json: what was asked. Written once, before anything of the job exists.
struct Submitted {
  std::uint64_t id = 0;
  JobSpec spec{};
  double submitted = 0;   // Unix time
  std::string boot_id{};  // of the machine then
  GpuGrant gpus{};        // claimed until the job has ended
};

// state.json: replaced as a whole whenever something changes.
struct RunState {
  std::int64_t supervisor_pid = 0;
  std::uint64_t supervisor_start = 0;  // start ticks: tells the process from a later one of its pid
  std::string boot_id{};
  double started = 0;           // Unix time of the command's start, 0 = not yet
  std::int64_t pid = 0;         // of the command, which leads the job's session
  std::uint64_t pid_start = 0;  // its start ticks
  std::string killed_by{};      // who asked to end the job while its command ran
  double kill_asked = 0;        // Unix time
  std::string notice{};         // what went wrong beside the job: its log could not be linked, say

  ProcessIdentity supervisor() const;
};

JobState derive_state(const std::optional<RunState>& state, const std::optional<JobEnd>& end);

JobInfo make_info(const Submitted& submitted, const std::optional<RunState>& state,
                  const std::optional<JobEnd>& end, std::uint64_t log_size);

// The end of a job whose supervisor is gone and left no exit.json.
JobEnd lost_end(const RunState& state, const std::string& boot_now, double now);

// The value of RE_JOB in the environment of every process of a job: what finds them when their
// supervisor is gone. The key makes it unguessable and unique over machines and users.
std::string job_marker(const Submitted& submitted);

}  // namespace libre::jobs
