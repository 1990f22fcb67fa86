// The inside of a Stop: what ends blocking calls, for two reasons that stay apart. Somebody asked us to
// stop; or this program itself has something for a thread that waits for log output (a nudge).
#pragma once
#include <libre/client.hpp>

#include <atomic>

#include "base/wait.hpp"

namespace libre {

struct Stop::State {
  State(std::unique_ptr<Waker> stop, std::unique_ptr<Waker> work)
      : stop_(std::move(stop)), work_(std::move(work)) {}

  Waker& stop_waker() { return *stop_; }  // notified by request() only
  Waker& work_waker() { return *work_; }  // by request() and nudge()
  bool requested() const noexcept { return stop_->notified(); }

  void request() noexcept {
    stop_->notify();
    work_->notify();
  }  // async-signal-safe
  void clear() noexcept {
    stop_->clear();
    work_->clear();
  }

  void nudge() noexcept { work_->notify(); }  // any thread
  // The nudged thread has woken: makes the waker ready again, unless a stop is asked for.
  void take_nudge() noexcept {
    work_->clear();
    if (requested()) work_->notify();
  }

 private:
  std::unique_ptr<Waker> stop_, work_;
};

}  // namespace libre
