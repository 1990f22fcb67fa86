// Copies bytes between two sockets, in both directions, until both have ended. Bounded: where one side
// does not read, the other is not read either. The end of one direction is passed on, and the other goes on.
// Nothing here blocks.
#pragma once
#include <poll.h>

#include <span>
#include <string>
#include <vector>

#include "forward/opening.hpp"

namespace libre::forward {

class Pump {
 public:
  // What was read from a socket already goes to the other one first.
  Pump(Socket left, Socket right);

  void start();  // moves what is there at once; then move() goes on

  static constexpr std::size_t descriptors = 2;
  void wait(std::vector<pollfd>& fds) const;  // appends so many
  void move(std::span<const pollfd> fds);     // what poll(2) said of them
  bool over() const;

 private:
  // One direction. What waits is at most what one recv() brought.
  struct Lane {
    std::string waiting{};
    std::size_t sent = 0;  // of `waiting`
    bool ended = false;    // its source sends no more
    bool closed = false;   // and its target knows; or takes no more
    bool reads() const { return !ended && !closed && waiting.empty(); }
    bool writes() const { return !closed && !waiting.empty(); }
  };
  void copy(int from, int to, Lane& lane, bool readable, bool writable);
  bool send_waiting(int to, Lane& lane);

  Fd left_, right_;
  Lane rightward_, leftward_;
  bool broken_ =
      false;  // one side was reset: there is nothing to be said to the other but the same
};

}  // namespace libre::forward
