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

  // A line that has not ended is kept only this far. Of a longer one that matches late, the beginning
  // is not shown, and `cut` is true from then on.
  static constexpr std::size_t line_limit = 256 * 1024;
  bool cut() const { return cut_; }

 private:
  void take(std::string_view piece, bool ended, std::string& kept);
  std::string pattern_, partial_;
  bool passing_ = false;    // this line matches, and what comes of it goes straight out
  bool forgotten_ = false;  // the beginning of this line
  bool cut_ = false;
};

}  // namespace cli
