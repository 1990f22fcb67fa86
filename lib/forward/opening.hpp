// A stream that is being opened, step by step, without blocking: a TCP connection to the first address
// that answers, or a conversation over a unix socket behind which the stream begins.
#pragma once
#include <poll.h>

#include <deque>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/wait.hpp"
#include "forward/address.hpp"

namespace libre::forward {

struct Socket {
  Fd fd;
  std::string early{};  // read from it already
};

// One step of a conversation: what is said, and what is waited for then: an Answer (messages.hpp), or, where
// `marker` is not empty, a line "<marker> stream"; others before it do not count.
struct Step {
  std::string say{};
  std::string marker{};
};

class Opening {
 public:
  explicit Opening(Socket open);                            // there is nothing left to do
  explicit Opening(std::vector<Address> candidates);        // TCP; tried one after the other
  Opening(std::string unix_path, std::vector<Step> steps);  // an Answer with an error ends it

  // Goes on as far as it can: true once it is open. Errc::disconnected where nobody serves the unix socket,
  // or whoever does has left; the error of an Answer; refused, unreachable, timed_out of TCP.
  Result<bool> advance();

  pollfd wait() const;  // what it waits for; fd -1 where only time can help
  Deadline due() const { return retry_; }
  Socket take() { return {std::move(fd_), std::move(inbox_)}; }  // once it is open

 private:
  Result<bool> connect_tcp();
  Result<bool> connect_unix();
  Result<bool> converse();
  Result<bool> hear(const Step& step);

  Fd fd_;
  std::string inbox_;
  std::vector<Address> candidates_;
  std::size_t next_ = 0;  // of candidates_
  bool connecting_ = false;
  std::string unix_path_;
  std::deque<Step> steps_;
  bool said_ = false;
  Deadline retry_ = Deadline::never();
};

}  // namespace libre::forward
