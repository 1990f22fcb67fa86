// When to try again after a connection broke. Pure.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include <libre/error.hpp>

namespace libre::client {

// Failures that a new connection may mend. auth, host_key and the rest stay as they are.
inline bool may_heal(Errc code) {
  return code == Errc::disconnected || code == Errc::refused || code == Errc::unreachable ||
         code == Errc::timed_out || code == Errc::dns;
}

// The pause before attempt `attempt` (0 = the first retry): 0, 0.2, 0.4, … at most 5 s, and nothing
// once `budget` is used up.
class Backoff {
 public:
  explicit Backoff(std::chrono::milliseconds budget) : budget_(budget) {}
  std::optional<std::chrono::milliseconds> next() {
    const std::chrono::milliseconds pause =
        attempt_ == 0 ? std::chrono::milliseconds(0)
                      : std::min<std::chrono::milliseconds>(std::chrono::milliseconds(100) * (1 << std::min(attempt_, 6)),
                                                            std::chrono::seconds(5));
    if (attempt_ > 0 && waited_ + pause > budget_) return std::nullopt;
    ++attempt_;
    waited_ += pause;
    return pause;
  }
  void reset() { attempt_ = 0; waited_ = {}; }  // something went well

 private:
  std::chrono::milliseconds budget_;
  std::chrono::milliseconds waited_{0};
  int attempt_ = 0;
};

}  // namespace libre::client
