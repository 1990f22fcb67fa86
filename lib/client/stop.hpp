// The inside of a Stop: one waker that ends blocking calls, for two reasons that stay apart. Somebody
// asked us to stop; or this program itself has something for the blocked thread to do (a nudge).
#pragma once
#include <libre/client.hpp>

#include <atomic>

#include "base/wait.hpp"

namespace libre {

struct Stop::State {
  explicit State(std::unique_ptr<Waker> waker) : waker_(std::move(waker)) {}

  Waker& waker() { return *waker_; }
  bool requested() const noexcept { return requested_.load(); }

  void request() noexcept { requested_.store(true); waker_->notify(); }  // async-signal-safe
  void clear() noexcept { requested_.store(false); waker_->clear(); }

  void nudge() noexcept { waker_->notify(); }  // any thread
  // The blocked thread has woken: makes the waker ready again, unless a stop is still asked for.
  void take_nudge() noexcept {
    waker_->clear();
    if (requested_.load()) waker_->notify();
  }

 private:
  std::unique_ptr<Waker> waker_;
  std::atomic<bool> requested_ = false;
};

}  // namespace libre
