// Lists of gitignore patterns, with git's meaning. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace libre::sync {

struct Pattern {
  std::string text{};  // without '!', leading and trailing '/'
  bool negated = false;
  bool only_directories = false;
  bool anchored = false;  // had a '/' inside or in front: matches whole paths, else names
};

// One pattern a line; comments and empty lines are left out.
std::vector<Pattern> parse_patterns(std::string_view text);

// One file of patterns. `base` is the directory it speaks for, relative to the root ("" = root).
class PatternList {
 public:
  PatternList() = default;
  PatternList(std::vector<Pattern> patterns, std::string base, bool ignore_case)
      : patterns_(std::move(patterns)), base_(std::move(base)), ignore_case_(ignore_case) {}

  // The last pattern that matches decides: true = matched, false = negated, nullopt = none matches.
  std::optional<bool> decide(std::string_view path, bool is_directory) const;

  // Can a pattern with a slash match something below `directory`?
  bool may_reach_into(std::string_view directory) const;
  bool empty() const { return patterns_.empty(); }

 private:
  bool matches(const Pattern& pattern, std::string_view path, bool is_directory) const;
  std::vector<Pattern> patterns_;
  std::string base_;
  bool ignore_case_ = false;
};

}  // namespace libre::sync
