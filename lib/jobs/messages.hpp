// What travels between RemoteJobHost and serve_job_host ("jobs.*" methods), and between the agent
// and a supervisor (its control socket). All of them are JSON through base/json.hpp, as are
// Submitted, RunState and JobEnd in the ledger. Bytes (stdin, log) travel in frame bodies.
#pragma once
#include <libre/job.hpp>

#include "base/json.hpp"
#include "jobs/state.hpp"

namespace libre::jobs {

struct Nothing {};
// An event of jobs.list, which sends as many of them as it takes: all jobs are too large for one.
struct JobList {
  std::vector<JobInfo> jobs{};
};
struct FindRequest {
  std::string job{};
  std::string project{};
};
struct KillRequest {
  std::vector<std::uint64_t> jobs{};
  std::int64_t grace_ms = 10'000;
};
struct KillReply {
  std::vector<KillReport> reports{};
};
struct SignalRequest {
  std::uint64_t job = 0;
  int signal = 0;
};
struct StdinRequest {
  std::uint64_t job = 0;
  std::string writer{};
  std::uint64_t offset = 0;
  bool end = false;
};
struct ClaimRequest {
  std::uint64_t job = 0;
  std::string writer{};
};
struct ClaimReply {
  std::uint64_t received = 0;
};
struct ResizeRequest {
  std::uint64_t job = 0;
  std::uint32_t columns = 80, rows = 24;
};
// The first event of jobs.log …
struct LogBeginEvent {
  std::uint64_t offset = 0;  // where reading begins
  JobInfo job{};
};
// … and all that follow; the bytes are the event's body.
struct LogEvent {
  std::uint64_t offset = 0;
  int stream = 0;
  std::uint64_t next = 0;
  double time = 0;
};

// To a supervisor. `verb` is "kill", "signal", "stdin", "claim" or "resize"; the rest as the verb
// needs it.
struct ControlRequest {
  std::string verb{};
  std::int64_t grace_ms = 0;
  std::string who{};
  int signal = 0;
  std::string writer{};
  std::uint64_t offset = 0;
  bool end = false;
  std::uint32_t columns = 0, rows = 0;
};
struct ControlReply {
  std::string error{};  // an Error's kind (name_of), "" for success
  std::string message{};
  bool gone = false;
  std::uint64_t processes = 0;
  std::uint64_t received = 0;  // "stdin", "claim": bytes of the job's input so far
};

}  // namespace libre::jobs
