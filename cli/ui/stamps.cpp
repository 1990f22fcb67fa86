#include "cli/ui/stamps.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include <libre/text.hpp>

namespace cli {

std::string time_stamp(double unix_time) {
  const auto thousandths = std::llround(unix_time * 1000);
  return fmt::format("{}.{:03} ", libre::local_time(static_cast<double>(thousandths / 1000)),
                     thousandths % 1000);
}

std::string time_of_day() {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return libre::local_time(now.count()).substr(11);
}

std::string LineStamps::add(double unix_time, std::string_view bytes) {
  std::string text;
  const std::string stamp = time_stamp(unix_time);
  while (!bytes.empty()) {
    if (line_begins_) text += stamp;
    const auto newline = bytes.find('\n');
    const auto line = bytes.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    text += line;
    bytes.remove_prefix(line.size());
    line_begins_ = newline != std::string_view::npos;
  }
  return text;
}

}  // namespace cli
