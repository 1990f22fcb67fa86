// When a burst of changes is over. Pure: the time is told.
//
// A burst ends when nothing has changed for `quiet`, and where it goes on and on, `longest` after its
// first change.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

namespace libre::sync {

class Debounce {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Debounce(std::chrono::milliseconds quiet, std::chrono::milliseconds longest)
      : quiet_(quiet), longest_(longest) {}

  void changed(Time now) {
    if (!first_) first_ = now;
    last_ = now;
  }
  // When the burst will be over if nothing more changes; nullopt where nothing has changed.
  std::optional<Time> due() const {
    if (!first_) return std::nullopt;
    return std::min(last_ + quiet_, *first_ + longest_);
  }
  bool is_over(Time now) const { return first_ && now >= *due(); }
  void reset() { first_.reset(); }

 private:
  std::chrono::milliseconds quiet_, longest_;
  std::optional<Time> first_;
  Time last_{};
};

}  // namespace libre::sync
