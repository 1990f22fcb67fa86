// When to try again after a connection broke.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include <libre/error.hpp>

#include "base/wait.hpp"

namespace libre::client {

// Failures that a new connection may mend. auth, host_key and the rest stay as they are.
inline bool may_heal(Errc code) {
  return code == Errc::disconnected || code == Errc::refused || code == Errc::unreachable ||
         code == Errc::timed_out || code == Errc::dns;
}

// The pauses before the attempts: none, then 0.2, 0.4, … at most 5 s, each up to a quarter longer or
// shorter by chance, so that many clients do not come back at the same instant. None is given once
// `budget` has passed since the first failure, the attempts' own time included; unset = always one.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Backoff(std::optional<std::chrono::milliseconds> budget,
                   unsigned seed = std::random_device{}())
      : budget_(budget), chance_(seed) {}

  std::optional<std::chrono::milliseconds> next() {
    constexpr std::chrono::milliseconds step{100}, longest{5000};
    if (!since_) since_ = Clock::now();
    if (attempt_ > 0 && budget_ && Clock::now() - *since_ >= *budget_) return std::nullopt;
    const auto nominal = attempt_ == 0 ? std::chrono::milliseconds(0)
                                       : std::min(step * (1 << std::min(attempt_, 6)), longest);
    ++attempt_;
    std::uniform_real_distribution<double> factor(0.75, 1.25);
    return std::chrono::duration_cast<std::chrono::milliseconds>(nominal * factor(chance_));
  }
  void reset() {
    attempt_ = 0;
    since_.reset();
  }  // something went well

  double seconds() const {  // since the first failure
    return since_ ? std::chrono::duration<double>(Clock::now() - *since_).count() : 0;
  }

 private:
  std::optional<std::chrono::milliseconds> budget_;
  std::minstd_rand chance_;
  std::optional<Clock::time_point> since_;
  int attempt_ = 0;
};

}  // namespace libre::client
