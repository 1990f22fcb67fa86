// What a machine can do with jobs. LocalJobHost does it (in the agent), RemoteJobHost asks for it
// (in the client), serve_job_host answers.
#pragma once
#include <functional>

#include <libre/job.hpp>

#include "base/wait.hpp"

namespace libre::jobs {

using LogSink = std::function<Result<void>(const LogChunk&)>;
// Told once, before any byte: the job that was chosen, as it stands, and the offset where reading begins.
using LogBegin = std::function<Result<void>(const JobInfo& job, std::uint64_t offset)>;

class JobHost {
 public:
  virtual ~JobHost() = default;

  // Accepts a job and starts its supervisor; returns once the supervisor lives. Idempotent by
  // spec.key: a second submit returns the job that the first one started.
  virtual Result<JobInfo> submit(const JobSpec& spec, const Wait& wait) = 0;

  // Newest last.
  virtual Result<std::vector<JobInfo>> list(const JobFilter& filter, const Wait& wait) = 0;

  // Errc::not_found where `job` (see LogQuery::job) names none.
  virtual Result<JobInfo> find(const std::string& job, const std::string& project,
                               const Wait& wait) = 0;

  // Ends whole trees and returns when they are gone, or with gone = false when even SIGKILL did not
  // help (a process in uninterruptible sleep).
  virtual Result<std::vector<KillReport>> kill(const std::vector<std::uint64_t>& jobs,
                                               std::chrono::milliseconds grace,
                                               const Wait& wait) = 0;

  // A signal to the command's process group (Ctrl-C of `re sync`), and what it reads.
  // Bytes before the supervisor's count are skipped, so sending a piece again is safe; `writer`, a
  // random word, tells the one who sends it again from somebody else at the same offset.
  virtual Result<void> send_signal(std::uint64_t job, int signal, const Wait& wait) = 0;
  virtual Result<void> write_stdin(std::uint64_t job, const std::string& writer,
                                   std::uint64_t offset, std::string_view bytes, bool end,
                                   const Wait& wait) = 0;
  // From now on only `writer` writes; what others send is refused. Returns how many bytes the job's
  // input has taken so far. Errc::refused where the job reads none.
  virtual Result<std::uint64_t> claim_stdin(std::uint64_t job, const std::string& writer,
                                            const Wait& wait) = 0;
  // Also where the size is what it was: the program is then told to draw itself again.
  virtual Result<void> resize_terminal(std::uint64_t job, std::uint32_t columns, std::uint32_t rows,
                                       const Wait& wait) = 0;

  // Delivers log bytes to `sink`, in order; with query.follow until the job has ended. `begin` may be
  // empty. Returns the job as it was after the last byte.
  virtual Result<JobInfo> read_log(const LogQuery& query, const LogBegin& begin,
                                   const LogSink& sink, const Wait& wait) = 0;
};

}  // namespace libre::jobs
