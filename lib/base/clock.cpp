#include "base/clock.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <ctime>

namespace libre {

UnixTime now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

static std::tm broken_down(UnixTime time, bool local) {
  const auto seconds = static_cast<std::time_t>(std::floor(time));
  std::tm tm{};
  if (local)
    ::localtime_r(&seconds, &tm);
  else
    ::gmtime_r(&seconds, &tm);
  return tm;
}

static std::string format(const std::tm& tm, const char* pattern) {
  char text[64];
  return {text, std::strftime(text, sizeof text, pattern, &tm)};
}

std::string iso8601(UnixTime time) {
  const auto millis = static_cast<int>((time - std::floor(time)) * 1000);
  return format(broken_down(time, false), "%Y-%m-%dT%H:%M:%S") + fmt::format(".{:03}Z", millis);
}

std::string local_time(UnixTime time) {
  return format(broken_down(time, true), "%Y-%m-%d %H:%M:%S");
}

}  // namespace libre
