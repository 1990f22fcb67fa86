// Brings what a descriptor gives to a job's input, over as many connections as it takes: a piece counts
// once the supervisor has acknowledged it, and is sent again from there after a break.
#pragma once
#include <memory>

#include "client/side_call.hpp"
#include "client/stdin_reader.hpp"

namespace libre::client {

class StdinFeed {
 public:
  struct Options {
    std::uint64_t job = 0;
    int fd = -1;
    bool claim = false;   // go on after what others have sent, and keep them out from now on
    bool escape = false;  // see RunOptions
  };
  static Result<std::unique_ptr<StdinFeed>> start(Link& link, const Options& options);

  // Does what can be done now. Errors are those that a new connection may mend, and Errc::interrupted.
  // A job that reads no more is no error.
  Result<void> advance();
  bool under_way() const { return call_.under_way(); }
  void connection_lost() { call_.reset(); }

 private:
  StdinFeed(Link& link, const Options& options);
  Result<void> take_answer();
  Result<void> send_piece();

  Link& link_;
  Options options_;
  std::string writer_;
  SideCall call_;  // a piece waits there for a job that does not read
  std::unique_ptr<StdinReader> reader_;
  std::uint64_t offset_ = 0;                 // acknowledged by the supervisor
  std::optional<StdinReader::Piece> piece_;  // read, not yet acknowledged
  bool claimed_ = false, done_ = false;
};

}  // namespace libre::client
