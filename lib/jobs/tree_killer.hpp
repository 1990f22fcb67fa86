// Ends all of the job of this process, its supervisor (own_tree), from within a poll loop: TERM and
// CONT at once, after the grace KILL, again and again until the loop finds that no child is left.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <set>

#include "base/wait.hpp"

namespace libre::jobs {

class TreeKiller {
 public:
  bool active() const { return active_; }
  // A second call can only shorten the grace.
  void begin(std::chrono::milliseconds grace);
  // Does what is due.
  void act();
  // When act() has something to do next.
  Deadline next() const { return active_ ? next_ : Deadline::never(); }
  // KILL has been sent for so long that what is left cannot be killed now. It goes on, more slowly.
  bool is_stuck() const { return active_ && patience_.passed(); }
  Deadline patience() const {
    return active_ && !patience_.passed() ? patience_ : Deadline::never();
  }
  std::size_t processes() const { return seen_.size(); }

 private:
  void kill_wave();
  bool active_ = false;
  Deadline gentle_until_ = Deadline::never(), patience_ = Deadline::never(),
           next_ = Deadline::never();
  std::set<pid_t> seen_;
};

}  // namespace libre::jobs
