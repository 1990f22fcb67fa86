#include "sync/file_times.hpp"

#include <chrono>
#include <ctime>
#include <thread>

namespace libre::sync {

std::int64_t file_clock_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void await_next_tick(std::int64_t time_ns) {
  while (file_clock_ns() == time_ns) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace libre::sync
