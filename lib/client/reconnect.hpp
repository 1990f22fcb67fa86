// One call's way through broken connections: when the next attempt is, and what is told meanwhile.
#pragma once
#include <libre/observer.hpp>

#include "client/backoff.hpp"

namespace libre::client {

class Reconnect {
 public:
  // `observer` may be null. `budget` as in Backoff.
  Reconnect(std::optional<std::chrono::milliseconds> budget, Observer* observer)
      : backoff_(budget), observer_(observer) {}
  ~Reconnect() { healed(); }
  Reconnect(const Reconnect&) = delete;
  Reconnect& operator=(const Reconnect&) = delete;

  // Sleeps before another attempt and tells the observer each second how long it has lasted. Returns
  // `failure` where no connection can mend it or the time is used up, Errc::interrupted when woken.
  Result<void> pause(const Error& failure, Waker& waker);

  // There is a connection again: tells so. One that breaks at once is no better than none, so the
  // pauses still grow …
  void connected();
  // … until it has done some work: the next failure begins anew.
  void healed() {
    connected();
    backoff_.reset();
  }
  // One over which the machine had answered was open for `span` before it broke: after some seconds that
  // was a good one, whatever came over it, and the time of Backoff's budget begins anew.
  void was_open_for(Backoff::Clock::duration span) {
    if (span > std::chrono::seconds(2)) healed();
  }

 private:
  void tell(double next_try, const Error& failure);
  Backoff backoff_;
  Observer* observer_;
  bool told_ = false;
};

}  // namespace libre::client
