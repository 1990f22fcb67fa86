// The jobs of this machine and user.
//
// Jobs do not depend on this object: each has a supervisor of its own, and the ledger on disk says
// all that is known. Destroying it, or killing its process, ends no job; the next one adopts what
// runs. At most one may exist per state root at a time (the agent's lock sees to that).
//
// Thread safety: all functions may be called from several threads at once.
#pragma once
#include <map>
#include <mutex>
#include <set>

#include "base/log.hpp"
#include "jobs/gpu_claims.hpp"
#include "jobs/job_host.hpp"
#include "jobs/ledger.hpp"
#include "jobs/supervisor_launch.hpp"

namespace libre::jobs {

// Looks at the GPUs of this machine for a job that needs some, which may take seconds, and returns what then
// picks among them in no time: those that nobody has claimed. Errc::busy where they do not suffice now.
using GpuPicker = std::function<Result<GpuGrant>(const Claims& claims)>;
using LookAtGpus = std::function<Result<GpuPicker>(const JobSpec& spec, const Wait& wait)>;

struct LocalJobHostOptions {
  std::filesystem::path state_root;  // the ledger is state_root/jobs
  std::filesystem::path
      runtime_dir;                // control sockets are in runtime_dir/jobs; a local file system
  std::filesystem::path program;  // the agent's file, which is also the supervisor's
  std::optional<Variables> environment{};  // of supervisors, before the login shell's; unset = ours
  LookAtGpus look_at_gpus{};               // unset: jobs that need GPUs are refused
  Log log = Log::nowhere();
};

class LocalJobHost final : public JobHost {
 public:
  // Adopts running jobs. Those whose supervisor is gone become lost, and what is left of them is
  // ended. A job that was recorded but never started is forgotten: nobody was told of it, and a
  // retried submit starts it.
  static Result<std::unique_ptr<LocalJobHost>> open(LocalJobHostOptions options);
  ~LocalJobHost() override;

  // True while a job lives.
  bool busy() const;

  // The live job whose tree `pid` belongs to; 0 = none.
  std::uint64_t job_of(pid_t pid) const;
  // The GPUs of live jobs. What one agent hands out is handed out once: submits pick one after the other.
  Claims claims() const;

  Result<JobInfo> submit(const JobSpec& spec, const Wait& wait) override;
  Result<std::vector<JobInfo>> list(const JobFilter& filter, const Wait& wait) override;
  Result<JobInfo> find(const std::string& job, const std::string& project,
                       const Wait& wait) override;
  // Ends nothing where one of the ids is unknown. A job whose supervisor lives but cannot be reached
  // is ended without it, and then recorded as ended by a signal, not as killed.
  Result<std::vector<KillReport>> kill(const std::vector<std::uint64_t>& jobs,
                                       std::chrono::milliseconds grace, const Wait& wait) override;
  // For a job that has ended these are Errc::not_found. write_stdin waits until the job has taken
  // the bytes or a buffer has; Errc::refused where the job has closed its input, or somebody else
  // has claimed it.
  Result<void> send_signal(std::uint64_t job, int signal, const Wait& wait) override;
  Result<void> write_stdin(std::uint64_t job, const std::string& writer, std::uint64_t offset,
                           std::string_view bytes, bool end, const Wait& wait) override;
  Result<std::uint64_t> claim_stdin(std::uint64_t job, const std::string& writer,
                                    const Wait& wait) override;
  Result<void> resize_terminal(std::uint64_t job, std::uint32_t columns, std::uint32_t rows,
                               const Wait& wait) override;
  Result<JobInfo> read_log(const LogQuery& query, const LogBegin& begin, const LogSink& sink,
                           const Wait& wait) override;

 private:
  LocalJobHost(LocalJobHostOptions options, Ledger ledger)
      : options_(std::move(options)), ledger_(std::move(ledger)) {}
  void adopt(std::uint64_t id);
  bool watch_started(std::uint64_t id);  // false where no supervisor has recorded itself
  void leave_out(std::uint64_t id);
  void supervisor_gone(std::uint64_t id);
  void record_loss(std::uint64_t id);
  Result<JobInfo> start(const JobSpec& spec, const GpuGrant& gpus);
  std::optional<std::uint64_t> known(const std::string& key) const;
  Result<JobInfo> read(std::uint64_t id);
  std::vector<JobInfo> read_all();
  Result<struct ControlReply> control(std::uint64_t job, const struct ControlRequest& request,
                                      std::string_view body, const Wait& wait);
  Result<class ControlClient> connect(std::uint64_t job, const Wait& wait);
  Result<std::set<std::uint64_t>> live_ones(const std::vector<std::uint64_t>& jobs);
  Result<KillReport> finish_kill(std::uint64_t job, class ControlClient& client, const Wait& wait);
  Result<KillReport> await_watcher(std::uint64_t job, const Wait& wait);
  Result<KillReport> kill_unreachable(std::uint64_t job, std::chrono::milliseconds grace,
                                      const Wait& wait);

  const LocalJobHostOptions options_;
  std::mutex submitting_;  // held over a whole submit, guards keys_ and ledger_.create
  Ledger ledger_;
  std::map<std::string, std::uint64_t> keys_;
  GpuClaims claims_;
  std::mutex ended_mutex_;
  std::set<std::uint64_t> left_out_;         // never started, and their folders cannot be removed
  std::map<std::uint64_t, JobInfo> ended_;   // what has ended never changes
  std::unique_ptr<ProcessWatcher> watcher_;  // last: its thread uses the others
};

}  // namespace libre::jobs
