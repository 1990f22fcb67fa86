// What the times of a file prove about its content. A file may be changed right after it was read without
// getting another time, where the clock has not moved on: git calls such entries racy.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sync/core/plan.hpp"

namespace libre::sync {

// The clock that the kernel stamps files with, now.
std::int64_t file_clock_ns();

// Returns when it says another time than this: within milliseconds. A change from then on is told by its time.
void await_next_tick(std::int64_t time_ns);

// Some file systems keep whole seconds only (FAT two of them): a time without a fraction may stand
// for any moment in there. This is the last of them.
constexpr std::int64_t latest_moment(std::int64_t time_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  return time_ns % second == 0 ? time_ns + 2 * second : time_ns;
}

// Whoever changes the file after `now_ns` gives it another stamp than this one.
inline bool is_settled(const Stamp& stamp, std::int64_t now_ns) {
  return std::max(latest_moment(stamp.mtime_ns), latest_moment(stamp.ctime_ns)) < now_ns;
}

}  // namespace libre::sync
