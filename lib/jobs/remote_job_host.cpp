#include "jobs/remote_job_host.hpp"

#include <algorithm>
#include <utility>

#include "jobs/messages.hpp"

namespace libre::jobs {
namespace {

constexpr std::size_t stdin_piece = 256u << 10;
// For the end of a call that we cancel. Where the other side has been silent already, it is not worth
// much more time.
constexpr std::chrono::milliseconds cancel_patience = std::chrono::seconds(5);
constexpr std::chrono::milliseconds silent_patience{200};

rpc::RequestOptions with_header(std::string header) {
  rpc::RequestOptions options;
  options.header = std::move(header);
  return options;
}

}  // namespace

Result<rpc::Reply> RemoteJobHost::ask(std::string_view method, rpc::RequestOptions options,
                                      const Wait& wait, const rpc::EventHandler& on_event) {
  LIBRE_TRY(const auto call, connection_.send(method, options, wait));
  bool sink_failed = false;
  auto reply =
      connection_.wait_reply(call, wait, [&](const std::string& header, const std::string& body) {
        auto taken = on_event ? on_event(header, body) : Result<void>{};
        sink_failed = !taken;
        return taken;
      });
  const bool we_stopped = sink_failed || (!reply && (reply.error().code == Errc::interrupted ||
                                                     reply.error().code == Errc::timed_out));
  if (!we_stopped) return reply;
  const bool silent = !reply && reply.error().code == Errc::timed_out;
  const Wait last{Deadline::after(silent ? silent_patience : cancel_patience), nullptr};
  LIBRE_CHECK(connection_.cancel(call, last));
  (void)connection_.wait_reply(call, last);
  return reply;
}

Result<JobInfo> RemoteJobHost::submit(const JobSpec& spec, const Wait& wait) {
  LIBRE_TRY(const auto reply, ask("jobs.submit", with_header(to_json(spec)), wait));
  return from_json<JobInfo>(reply.header);
}

Result<rpc::CallId> RemoteJobHost::send_submit(const JobSpec& spec, rpc::CallId before,
                                               const Wait& wait) {
  auto options = with_header(to_json(spec));
  options.after = before;
  return connection_.send("jobs.submit", options, wait);
}

Result<JobInfo> RemoteJobHost::submitted(rpc::CallId call, const Wait& wait) {
  LIBRE_TRY(const auto reply, connection_.wait_reply(call, wait));
  return from_json<JobInfo>(reply.header);
}

Result<std::vector<JobInfo>> RemoteJobHost::list(const JobFilter& filter, const Wait& wait) {
  std::vector<JobInfo> jobs;
  const auto on_event = [&](const std::string& header, const std::string&) -> Result<void> {
    LIBRE_TRY(auto some, from_json<JobList>(header));
    for (auto& job : some.jobs) jobs.push_back(std::move(job));
    return {};
  };
  LIBRE_CHECK(ask("jobs.list", with_header(to_json(filter)), wait, on_event));
  return jobs;
}

Result<JobInfo> RemoteJobHost::find(const std::string& job, const std::string& project,
                                    const Wait& wait) {
  LIBRE_TRY(const auto reply,
            ask("jobs.find", with_header(to_json(FindRequest{job, project})), wait));
  return from_json<JobInfo>(reply.header);
}

Result<std::vector<KillReport>> RemoteJobHost::kill(const std::vector<std::uint64_t>& jobs,
                                                    std::chrono::milliseconds grace,
                                                    const Wait& wait) {
  LIBRE_TRY(const auto reply,
            ask("jobs.kill", with_header(to_json(KillRequest{jobs, grace.count()})), wait));
  LIBRE_TRY(auto answer, from_json<KillReply>(reply.header));
  return std::move(answer.reports);
}

Result<void> RemoteJobHost::send_signal(std::uint64_t job, int signal, const Wait& wait) {
  LIBRE_CHECK(ask("jobs.signal", with_header(to_json(SignalRequest{job, signal})), wait));
  return {};
}

Result<void> RemoteJobHost::write_stdin(std::uint64_t job, const std::string& writer,
                                        std::uint64_t offset, std::string_view bytes, bool end,
                                        const Wait& wait) {
  do {
    const auto piece = bytes.substr(0, stdin_piece);
    bytes.remove_prefix(piece.size());
    auto options = with_header(to_json(StdinRequest{job, writer, offset, end && bytes.empty()}));
    options.body = piece;
    LIBRE_CHECK(ask("jobs.stdin", std::move(options), wait));
    offset += piece.size();
  } while (!bytes.empty());
  return {};
}

Result<std::uint64_t> RemoteJobHost::claim_stdin(std::uint64_t job, const std::string& writer,
                                                 const Wait& wait) {
  LIBRE_TRY(const auto reply,
            ask("jobs.claim_stdin", with_header(to_json(ClaimRequest{job, writer})), wait));
  LIBRE_TRY(const auto claimed, from_json<ClaimReply>(reply.header));
  return claimed.received;
}

Result<void> RemoteJobHost::resize_terminal(std::uint64_t job, std::uint32_t columns,
                                            std::uint32_t rows, const Wait& wait) {
  LIBRE_CHECK(ask("jobs.resize", with_header(to_json(ResizeRequest{job, columns, rows})), wait));
  return {};
}

Result<JobInfo> RemoteJobHost::read_log(const LogQuery& query, const LogBegin& begin,
                                        const LogSink& sink, const Wait& wait) {
  bool begun = false;
  const auto on_event = [&](const std::string& header, const std::string& body) -> Result<void> {
    if (!std::exchange(begun, true)) {
      LIBRE_TRY(const auto first, from_json<LogBeginEvent>(header));
      return begin ? begin(first.job, first.offset) : Result<void>{};
    }
    LIBRE_TRY(const auto event, from_json<LogEvent>(header));
    return sink({event.offset, body, event.stream, event.next, event.time});
  };
  LIBRE_TRY(const auto reply, ask("jobs.log", with_header(to_json(query)), wait, on_event));
  return from_json<JobInfo>(reply.header);
}

}  // namespace libre::jobs
