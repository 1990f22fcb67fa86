#include "jobs/serve_job_host.hpp"

#include <utility>

#include "jobs/messages.hpp"

namespace libre::jobs {
namespace {

// What a method waits for besides its work: the client's cancel, or its leaving.
Wait wait_of(rpc::Call& call) { return {Deadline::never(), &call.waker()}; }

constexpr std::size_t list_piece = 256u << 10;

Result<rpc::Answer> serve_list(JobHost& host, rpc::Call& call) {
  LIBRE_TRY(const auto filter, from_json<JobFilter>(call.header()));
  LIBRE_TRY(const auto jobs, host.list(filter, wait_of(call)));
  std::string piece;  // of a JobList: each job is put into words once, to see how long it is
  const auto send = [&]() -> Result<void> {
    if (piece.empty()) return {};
    return call.hold_event("{\"jobs\":[" + std::exchange(piece, {}) + "]}");
  };
  for (const JobInfo& job : jobs) {
    const std::string text = to_json(job);
    if (piece.size() + text.size() > list_piece) LIBRE_CHECK(send());
    piece += (piece.empty() ? "" : ",") + text;
  }
  LIBRE_CHECK(send());
  return rpc::Answer{to_json(Nothing{})};
}

Result<rpc::Answer> serve_log(JobHost& host, rpc::Call& call) {
  LIBRE_TRY(const auto query, from_json<LogQuery>(call.header()));
  // A follower waits for each piece; one who looks waits for the end.
  const auto tell = [&](const std::string& header, std::string_view bytes) {
    return query.follow ? call.send_event(header, bytes) : call.hold_event(header, bytes);
  };
  const auto begin = [&](const JobInfo& job, std::uint64_t offset) {
    return tell(to_json(LogBeginEvent{offset, job}), {});
  };
  const auto send = [&](const LogChunk& chunk) {
    return tell(to_json(LogEvent{chunk.offset, chunk.stream, chunk.next, chunk.time}), chunk.bytes);
  };
  LIBRE_TRY(const auto info, host.read_log(query, begin, send, wait_of(call)));
  return rpc::Answer{to_json(info)};
}

Result<rpc::Answer> serve_stdin(JobHost& host, rpc::Call& call) {
  LIBRE_TRY(const auto request, from_json<StdinRequest>(call.header()));
  LIBRE_CHECK(host.write_stdin(request.job, request.writer, request.offset, call.body(),
                               request.end, wait_of(call)));
  return rpc::Answer{to_json(Nothing{})};
}

void serve_control(rpc::Service& service, JobHost& host) {
  service.on<KillRequest, KillReply>(
      "jobs.kill", [&host](const KillRequest& request, rpc::Call& call) -> Result<KillReply> {
        LIBRE_TRY(auto reports, host.kill(request.jobs, std::chrono::milliseconds(request.grace_ms),
                                          wait_of(call)));
        return KillReply{std::move(reports)};
      });
  service.on<SignalRequest, Nothing>(
      "jobs.signal", [&host](const SignalRequest& request, rpc::Call& call) -> Result<Nothing> {
        LIBRE_CHECK(host.send_signal(request.job, request.signal, wait_of(call)));
        return Nothing{};
      });
  service.on<ClaimRequest, ClaimReply>(
      "jobs.claim_stdin",
      [&host](const ClaimRequest& request, rpc::Call& call) -> Result<ClaimReply> {
        LIBRE_TRY(const auto received,
                  host.claim_stdin(request.job, request.writer, wait_of(call)));
        return ClaimReply{received};
      });
  service.on<ResizeRequest, Nothing>(
      "jobs.resize", [&host](const ResizeRequest& request, rpc::Call& call) -> Result<Nothing> {
        LIBRE_CHECK(
            host.resize_terminal(request.job, request.columns, request.rows, wait_of(call)));
        return Nothing{};
      });
}

}  // namespace

void serve_job_host(rpc::Service& service, JobHost& host) {
  // Not cancellable: a submit that stops half-way helps nobody, and it takes no time.
  service.on<JobSpec, JobInfo>(
      "jobs.submit", [&host](const JobSpec& spec, rpc::Call&) { return host.submit(spec, {}); });
  service.on("jobs.list", [&host](rpc::Call& call) { return serve_list(host, call); });
  service.on<FindRequest, JobInfo>("jobs.find",
                                   [&host](const FindRequest& request, rpc::Call& call) {
                                     return host.find(request.job, request.project, wait_of(call));
                                   });
  serve_control(service, host);
  service.on("jobs.stdin", [&host](rpc::Call& call) { return serve_stdin(host, call); });
  service.on("jobs.log", [&host](rpc::Call& call) { return serve_log(host, call); });
}

}  // namespace libre::jobs
