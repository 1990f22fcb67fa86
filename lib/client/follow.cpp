#include "client/follow.hpp"

#include <csignal>

#include "jobs/messages.hpp"
#include "jobs/remote_job_host.hpp"

namespace libre::client {

// While a piece of stdin is under way its acknowledgement is looked for this often; log output is
// delivered at once all the same.
constexpr std::chrono::milliseconds acknowledgement_check{5};

Result<void> Follow::feed_stdin(std::uint64_t job, int fd) {
  if (fd < 0) return {};
  stdin_job_ = job;
  LIBRE_TRY(stdin_, StdinReader::start(fd, link_.stop()));
  return {};
}

Result<JobInfo> Follow::run() {
  backoff_ = Backoff(link_.options().timeout);
  for (;;) {
    auto job = run_once();
    if (job) return job;
    if (sink_error_) return *sink_error_;
    if (!may_heal(job.error().code)) return job;
    side_.reset();
    sending_.reset();
    link_.drop();
    LIBRE_CHECK(link_.pause(backoff_, job.error()));
  }
}

Result<JobInfo> Follow::run_once() {
  LIBRE_TRY(auto connection, link_.connect());
  LIBRE_CHECK(send_pending_signal());
  LIBRE_TRY(const auto call,
            connection.send("jobs.log", {.header = to_json(query_)}, link_.wait_forever()));
  for (;;) {
    LIBRE_CHECK(advance_stdin());
    const Wait wait = link_.wait_nudged(stdin_under_way() ? Deadline::after(acknowledgement_check)
                                                          : Deadline::never());
    const auto reply = connection.wait_reply(
        call, wait,
        [&](const std::string& header, const std::string& body) { return deliver(header, body); });
    if (reply) return from_json<JobInfo>(reply->header);
    if (sink_error_) return *sink_error_;
    if (reply.error().code == Errc::timed_out && stdin_under_way()) continue;
    if (reply.error().code != Errc::interrupted) return reply.error();
    LIBRE_CHECK(act_on_wake());
  }
}

Result<void> Follow::deliver(const std::string& header, const std::string& body) {
  LIBRE_TRY(const auto event, from_json<jobs::LogEvent>(header));
  if (auto taken = sink_({event.offset, body, event.stream, event.next}); !taken) {
    sink_error_ = taken.error();
    return taken;
  }
  query_.offset = event.next;
  query_.last_lines.reset();
  backoff_.reset();
  return {};
}

Result<void> Follow::act_on_wake() {
  auto& stop = link_.stop();
  if (!stop.requested()) {
    stop.take_nudge();
    return {};
  }
  if (!stop_job_ || signal_pending_) return Error{Errc::interrupted, "interrupted"};
  stop.clear();
  signal_pending_ = true;
  return send_pending_signal();
}

Result<void> Follow::send_pending_signal() {
  if (!signal_pending_) return {};
  // Over a connection of its own: on the one for stdin a piece may wait for a job that does not read.
  LIBRE_TRY(auto connection, link_.connect());
  const auto sent =
      jobs::RemoteJobHost(connection).send_signal(*stop_job_, SIGINT, link_.wait(answer_limit));
  if (!sent && (may_heal(sent.error().code) || sent.error().code == Errc::interrupted)) return sent;
  // Where it failed for good the job has ended a moment ago, and the log ends by itself.
  signal_pending_ = false;
  stop_job_.reset();
  return {};
}

Result<void> Follow::advance_stdin() {
  if (!stdin_) return {};
  if (sending_) {
    LIBRE_TRY(const bool arrived, side_->is_closed(*sending_));
    if (!arrived) return {};
    const auto reply =
        side_->wait_reply(*std::exchange(sending_, std::nullopt), link_.wait_forever());
    if (!reply && may_heal(reply.error().code)) return reply.error();
    if (!reply || piece_->end) {  // refused: the job has closed its input or has ended
      stdin_.reset();
      return {};
    }
    stdin_offset_ += piece_->bytes.size();
    piece_.reset();
  }
  if (!piece_) piece_ = stdin_->take();
  if (!piece_) return {};
  if (!side_) {
    LIBRE_TRY(auto fresh, link_.connect());
    side_.emplace(std::move(fresh));
  }
  const jobs::StdinRequest request{stdin_job_, stdin_offset_, piece_->end};
  LIBRE_TRY(sending_, side_->send("jobs.stdin", {.header = to_json(request), .body = piece_->bytes},
                                  link_.wait_forever()));
  return {};
}

}  // namespace libre::client
