// Picks lines out of a log that arrives in pieces.
#pragma once
#include <string>
#include <string_view>

namespace cli {

class LineFilter {
 public:
  explicit LineFilter(std::string pattern) : pattern_(std::move(pattern)) {}
  std::string feed(std::string_view bytes);  // the whole lines so far that contain the pattern
  std::string finish();                      // a last line without an end

 private:
  std::string pattern_, partial_;
};

}  // namespace cli
