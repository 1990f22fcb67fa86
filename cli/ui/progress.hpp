// The one line that shows how a long work stands.
#pragma once
#include <chrono>
#include <string>

#include <libre/observer.hpp>

namespace cli {

// One line without its end, at most `width` columns. Pure.
std::string render_progress(const libre::Progress& progress, double seconds, std::size_t width);

// "connection lost, trying again in 2 s (12 s so far)". Pure.
std::string render_outage(const libre::Outage& outage, std::size_t width);

// Decides when the bar is drawn: not before 300 ms of work, then ten times a second.
class ProgressClock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  bool due(Time now);  // true: draw now
  double seconds(Time now) const;
  void restart() { begun_ = false; }

 private:
  bool begun_ = false;
  Time start_{}, last_{};
};

}  // namespace cli
