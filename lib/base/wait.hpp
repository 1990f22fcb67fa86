// How long a blocking call may block, and who may wake it.
//
// Every call that can block takes a Wait. It ends with Errc::timed_out at the deadline and with
// Errc::interrupted when the waker was notified; both leave the object usable, nothing is lost.
#pragma once
#include <chrono>
#include <memory>
#include <optional>

#include "base/fd.hpp"

namespace libre {

// A point in steady time, or never.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  static Deadline never() { return Deadline(); }
  static Deadline after(std::chrono::milliseconds span) { return Deadline(Clock::now() + span); }

  bool is_never() const { return !when_; }
  bool passed() const { return when_ && Clock::now() >= *when_; }
  int poll_timeout() const;  // milliseconds for poll(2): -1 for never, 0 when passed, rounded up
  Deadline or_earlier(Deadline other) const;

 private:
  Deadline() = default;
  explicit Deadline(Clock::time_point when) : when_(when) {}
  std::optional<Clock::time_point> when_;
};

// Wakes one blocked call from another thread or from a signal handler. Stays notified until
// cleared, so a notification that comes just before the call is not lost.
class Waker {
 public:
  static Result<std::unique_ptr<Waker>> create();
  void notify() noexcept;  // any thread; async-signal-safe
  void clear() noexcept;
  bool notified() const noexcept;  // the descriptor is the only truth: no flag can disagree with it
  int fd() const { return event_.get(); }  // readable while notified

 private:
  explicit Waker(Fd event) : event_(std::move(event)) {}
  Fd event_;
};

struct Wait {
  Deadline deadline = Deadline::never();
  Waker* waker = nullptr;  // borrowed; may be null
};

// Blocks until `fd` has one of `events` (POLLIN, POLLOUT) or an error condition.
Result<void> wait_for(int fd, short events, const Wait& wait);

}  // namespace libre
