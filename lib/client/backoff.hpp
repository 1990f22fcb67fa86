// When to try again after a connection broke.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include <libre/error.hpp>

#include "base/wait.hpp"

namespace libre::client {

// Failures that a new connection may mend. auth, host_key and the rest stay as they are.
inline bool may_heal(Errc code) {
  return code == Errc::disconnected || code == Errc::refused || code == Errc::unreachable ||
         code == Errc::timed_out || code == Errc::dns;
}

// The pauses before the attempts: 0, 0.2, 0.4, … at most 5 s, and none once `budget` has passed since
// the first failure, the attempts' own time included.
class Backoff {
 public:
  explicit Backoff(std::chrono::milliseconds budget) : budget_(budget) {}

  std::optional<std::chrono::milliseconds> next() {
    constexpr std::chrono::milliseconds step{100}, longest{5000};
    if (!limit_) limit_ = Deadline::after(budget_);
    if (attempt_ > 0 && limit_->passed()) return std::nullopt;
    const auto pause = attempt_ == 0 ? std::chrono::milliseconds(0)
                                     : std::min(step * (1 << std::min(attempt_, 6)), longest);
    ++attempt_;
    return pause;
  }
  void reset() {
    attempt_ = 0;
    limit_.reset();
  }  // something went well

 private:
  std::chrono::milliseconds budget_;
  std::optional<Deadline> limit_;
  int attempt_ = 0;
};

}  // namespace libre::client
