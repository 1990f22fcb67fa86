// Delivers a job's log to a sink, over as many connections as it takes, and passes stdin, stops and the
// window's size to the job meanwhile.
//
// No byte comes twice and none is missing: after a broken connection the log of the same job is asked
// for from the byte after the last one delivered.
#pragma once
#include <optional>

#include "client/link.hpp"
#include "client/side_call.hpp"
#include "client/stdin_feed.hpp"

namespace libre::client {

class Follow {
 public:
  Follow(Link& link, LogQuery query, const LogBegin& begin, const LogSink& sink)
      : link_(link),
        query_(std::move(query)),
        begin_(begin),
        sink_(sink),
        reconnect_(link.stream_patience(), link.options().observer),
        control_(link, answer_limit) {}

  // What goes to the job besides. `attaching`: it runs already, and others may have fed it.
  void pass_on(const RunOptions& options, bool attaching) {
    options_ = options;
    attaching_ = attaching;
  }

  // The first request is on its way already, over link.shared().
  void begin_with(std::optional<rpc::CallId> sent) { sent_ = sent; }

  // Returns the job as it was at the end. Errc::interrupted where somebody stopped us.
  Result<JobInfo> run();

 private:
  Result<JobInfo> run_once();
  Result<JobInfo> read(rpc::Connection& connection, rpc::CallId call);
  Result<void> take_event(const std::string& header, const std::string& body);
  Result<void> take_begin(const std::string& header);
  Result<void> act_on_wake();
  Result<void> advance();
  Result<void> advance_control();
  bool side_calls_under_way() const {
    return control_.under_way() || (stdin_ && stdin_->under_way());
  }

  Link& link_;
  LogQuery query_;
  LogBegin begin_;
  LogSink sink_;
  RunOptions options_{.pass_stop = false};
  bool attaching_ = false;
  std::optional<rpc::CallId> sent_;
  Reconnect reconnect_;
  std::optional<JobInfo> job_;  // as it was when it was chosen
  bool begun_ = false;          // this connection has told its job …
  Backoff::Clock::time_point begun_at_{};
  std::optional<Error> sink_error_;  // ends the follow, whatever its code

  std::unique_ptr<StdinFeed> stdin_;
  SideCall control_;             // signals and sizes; not stdin's, where a piece may wait long
  bool signal_pending_ = false;  // a Stop is to become a SIGINT …
  bool signal_passed_ = false;   // … and has: the next one is for us
  WindowSize wanted_size_{}, sent_size_{}, sending_size_{};
};

}  // namespace libre::client
