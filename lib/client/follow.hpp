// Delivers a job's log to a sink, over as many connections as it takes, and passes stdin and stops
// to the job meanwhile.
//
// No byte comes twice and none is missing: after a broken connection the log is asked for from the
// byte after the last one delivered, and stdin is sent again from the last byte acknowledged (the
// supervisor drops what it has).
#pragma once
#include <optional>

#include "client/link.hpp"
#include "client/stdin_reader.hpp"

namespace libre::client {

class Follow {
 public:
  Follow(Link& link, LogQuery query, LogSink sink)
      : link_(link), query_(std::move(query)), sink_(std::move(sink)) {}

  // The first Stop becomes a SIGINT for the job, the next one ends the follow.
  void pass_stop_to(std::uint64_t job) { stop_job_ = job; }

  // Reads `fd` to its end and hands it to the job. fd < 0: nothing to do.
  Result<void> feed_stdin(std::uint64_t job, int fd);

  // Returns the job as it was at the end. Errc::interrupted where somebody stopped us.
  Result<JobInfo> run();

 private:
  // One attempt over one connection.
  Result<JobInfo> run_once();
  Result<void> deliver(const std::string& header, const std::string& body);
  Result<void> act_on_wake();
  Result<void> send_pending_signal();
  // Sends the piece in hand, or finds that the one under way has arrived.
  Result<void> advance_stdin();
  bool stdin_under_way() const { return sending_.has_value(); }

  Link& link_;
  LogQuery query_;
  LogSink sink_;
  Backoff backoff_{std::chrono::milliseconds(0)};
  std::optional<Error> sink_error_;
  std::optional<std::uint64_t> stop_job_;  // gets the first Stop as SIGINT
  bool signal_pending_ = false;            // it has been asked for, and has not arrived yet

  std::unique_ptr<StdinReader> stdin_;
  std::uint64_t stdin_job_ = 0;
  std::uint64_t stdin_offset_ = 0;           // acknowledged by the supervisor
  std::optional<StdinReader::Piece> piece_;  // read, not yet acknowledged
  std::optional<rpc::CallId> sending_;       // its call on side_
  std::optional<rpc::Connection> side_;      // for stdin: the log's own connection is busy
};

}  // namespace libre::client
