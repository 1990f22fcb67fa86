// The jobs of another machine, asked for over a connection to its agent.
//
// Thread safety: one thread, as the Connection. Errors of the other side come back as they were;
// Errc::disconnected means that a request may have been carried out (submit again with the same
// key, write_stdin again at the same offset, read_log again at the next byte). A call that is woken
// or runs into its deadline is cancelled on the other side, and the connection stays usable.
#pragma once
#include "jobs/job_host.hpp"
#include "rpc/connection.hpp"

namespace libre::jobs {

class RemoteJobHost final : public JobHost {
 public:
  explicit RemoteJobHost(rpc::Connection& connection) : connection_(connection) {}  // borrowed

  Result<JobInfo> submit(const JobSpec& spec, const Wait& wait) override;
  // The same in two steps, to go out right behind the request `before` on this connection and to be
  // carried out only if that one succeeds. Where it did not, nothing is started, and submitted() ends
  // with Errc::interrupted.
  Result<rpc::CallId> send_submit(const JobSpec& spec, rpc::CallId before, const Wait& wait);
  Result<JobInfo> submitted(rpc::CallId call, const Wait& wait);
  Result<std::vector<JobInfo>> list(const JobFilter& filter, const Wait& wait) override;
  Result<JobInfo> find(const std::string& job, const std::string& project,
                       const Wait& wait) override;
  Result<std::vector<KillReport>> kill(const std::vector<std::uint64_t>& jobs,
                                       std::chrono::milliseconds grace, const Wait& wait) override;
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
  Result<rpc::Reply> ask(std::string_view method, rpc::RequestOptions options, const Wait& wait,
                         const rpc::EventHandler& on_event = {});
  rpc::Connection& connection_;
};

}  // namespace libre::jobs
