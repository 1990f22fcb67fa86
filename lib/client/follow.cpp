#include "client/follow.hpp"

#include <csignal>

#include "jobs/messages.hpp"

namespace libre::client {

namespace {

// While something is under way beside the log its answer is looked for this often; log output is
// delivered at once all the same.
constexpr std::chrono::milliseconds answer_check{5};
constexpr auto cancel_patience = std::chrono::seconds(5);

}  // namespace

Result<JobInfo> Follow::run() {
  for (;;) {
    auto job = run_once();
    if (job || sink_error_) return sink_error_ ? Result<JobInfo>(*sink_error_) : job;
    if (!may_heal(job.error().code)) return job;
    if (begun_) reconnect_.was_open_for(Backoff::Clock::now() - begun_at_);
    if (stdin_) stdin_->connection_lost();
    control_.reset();
    sending_size_ = {};
    link_.drop();
    LIBRE_CHECK(reconnect_.pause(job.error(), link_.stop().stop_waker()));
  }
}

Result<JobInfo> Follow::run_once() {
  begun_ = false;
  // The shared connection is there already, so that a log costs one request and nothing else.
  LIBRE_TRY(rpc::Connection * connection, link_.shared());
  auto call = std::exchange(sent_, std::nullopt);
  const bool by_key = call.has_value();
  if (!call) {
    LIBRE_TRY(call,
              connection->send("jobs.log", {.header = to_json(query_)}, link_.wait(answer_limit)));
  }
  auto job = read(*connection, *call);
  // An agent of an older version does not know a job by its key.
  if (by_key && !job && !begun_ && job.error().code == Errc::not_found) return run_once();
  if (job || !(sink_error_ || job.error().code == Errc::interrupted)) return job;
  // The log still comes over the connection that others use after us.
  const Wait last{Deadline::after(cancel_patience), nullptr};
  (void)(connection->cancel(*call, last) && connection->wait_reply(*call, last));
  return job;
}

Result<JobInfo> Follow::read(rpc::Connection& connection, rpc::CallId call) {
  const auto answer_by = Deadline::after(answer_limit);
  for (;;) {
    if (const auto advanced = advance(); !advanced) {
      if (advanced.error().code != Errc::interrupted) return advanced.error();
      LIBRE_CHECK(act_on_wake());
      continue;
    }
    const auto next_look = side_calls_under_way() ? Deadline::after(answer_check)
                           : begun_               ? Deadline::never()
                                                  : answer_by;
    const auto reply =
        connection.wait_reply(call, link_.wait_nudged(next_look),
                              [&](const std::string& header, const std::string& body) {
                                return take_event(header, body);
                              });
    if (reply) return from_json<JobInfo>(reply->header);
    if (sink_error_) return *sink_error_;
    const auto code = reply.error().code;
    if (code == Errc::interrupted)
      LIBRE_CHECK(act_on_wake());
    else if (code != Errc::timed_out || (!begun_ && answer_by.passed()))
      return reply.error();
  }
}

Result<void> Follow::take_event(const std::string& header, const std::string& body) {
  if (!begun_) return take_begin(header);
  LIBRE_TRY(const auto event, from_json<jobs::LogEvent>(header));
  if (auto taken = sink_({event.offset, body, event.stream, event.next, event.time}); !taken) {
    sink_error_ = taken.error();
    return taken;
  }
  query_.offset = event.next;
  reconnect_.healed();
  return {};
}

Result<void> Follow::take_begin(const std::string& header) {
  LIBRE_TRY(auto event, from_json<jobs::LogBeginEvent>(header));
  begun_ = true;
  begun_at_ = Backoff::Clock::now();
  reconnect_.connected();
  link_.stop().nudge();  // what waited for this connection goes out now, not when a byte comes
  if (job_) return {};
  // From here on the same job, from the byte that is due.
  query_.job = std::to_string(event.job.id);
  query_.offset = event.offset;
  query_.offset_of.clear();
  query_.last_lines.reset();
  query_.since = 0;
  job_ = std::move(event.job);
  if (begin_) {
    if (auto taken = begin_(*job_, event.offset); !taken) {
      sink_error_ = taken.error();
      return taken;
    }
  }
  if (options_.window && job_->spec.terminal) wanted_size_ = options_.window();
  if (!attaching_) sent_size_ = {job_->spec.columns, job_->spec.rows};
  if (options_.stdin_fd < 0 || !job_->spec.with_stdin || is_final(job_->state)) return {};
  LIBRE_TRY(stdin_, StdinFeed::start(link_, {job_->id, options_.stdin_fd, attaching_,
                                             options_.escape && job_->spec.terminal}));
  return {};
}

Result<void> Follow::act_on_wake() {
  auto& stop = link_.stop();
  if (!stop.requested()) {
    stop.take_nudge();
    if (job_ && options_.window && job_->spec.terminal) wanted_size_ = options_.window();
    return {};
  }
  if (!options_.pass_stop || signal_pending_ || signal_passed_)
    return Error{Errc::interrupted, "interrupted"};
  stop.clear();
  signal_pending_ = true;
  return {};
}

Result<void> Follow::advance() {
  if (!job_ || !begun_) return {};
  LIBRE_CHECK(advance_control());
  return stdin_ ? stdin_->advance() : Result<void>();
}

Result<void> Follow::advance_control() {
  if (control_.under_way()) {
    const auto answer = control_.poll();
    if (!answer && may_heal(answer.error().code)) return answer.error();
    if (answer && !*answer) return {};
    // Where it failed for good the job has ended a moment ago, and the log ends by itself.
    if (sending_size_ != WindowSize()) {
      sent_size_ = std::exchange(sending_size_, {});
    } else {
      signal_pending_ = false;
      signal_passed_ = true;
    }
  }
  if (signal_pending_)
    return control_.send("jobs.signal", {.header = to_json(jobs::SignalRequest{job_->id, SIGINT})});
  if (wanted_size_ == sent_size_ || wanted_size_ == WindowSize()) return {};
  sending_size_ = wanted_size_;
  const jobs::ResizeRequest request{job_->id, wanted_size_.columns, wanted_size_.rows};
  return control_.send("jobs.resize", {.header = to_json(request)});
}

}  // namespace libre::client
