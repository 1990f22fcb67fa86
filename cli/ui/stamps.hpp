// Times as people read them, and before each line of a text that comes in pieces.
#pragma once
#include <string>
#include <string_view>

namespace cli {

// "2026-11-21 04:00:00.120 "
std::string time_stamp(double unix_time);

std::string time_of_day();  // now: "04:00:00"

// Pure.
class LineStamps {
 public:
  std::string add(double unix_time, std::string_view bytes);

 private:
  bool line_begins_ = true;
};

}  // namespace cli
