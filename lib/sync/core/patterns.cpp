#include "sync/core/patterns.hpp"

#include "sync/core/tree.hpp"
#include "sync/core/wildmatch.hpp"

namespace libre::sync {
namespace {

// Trailing spaces do not count, unless a backslash keeps them.
std::string_view trim_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size())
      end = ++i + 1;
    else if (line[i] != ' ')
      end = i + 1;
  }
  return line.substr(0, end);
}

std::optional<Pattern> parse_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.front() == '#') return {};
  line = trim_spaces(line);
  Pattern pattern;
  if (line.starts_with('!')) {
    pattern.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    pattern.only_directories = true;
    line.remove_suffix(1);
  }
  pattern.anchored = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return {};
  pattern.text = line;
  return pattern;
}

}  // namespace

std::vector<Pattern> parse_patterns(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Pattern> patterns;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (auto pattern = parse_line(line)) patterns.push_back(std::move(*pattern));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return patterns;
}

bool PatternList::matches(const Pattern& pattern, std::string_view path, bool is_directory) const {
  if (pattern.only_directories && !is_directory) return false;
  if (!base_.empty()) {
    if (!is_below(path, base_)) return false;
    path.remove_prefix(base_.size() + 1);
  }
  if (!pattern.anchored)
    return wild_match(pattern.text, name_in(path), {.ignore_case = ignore_case_});
  return wild_match(pattern.text, path, {.path = true, .ignore_case = ignore_case_});
}

std::optional<bool> PatternList::decide(std::string_view path, bool is_directory) const {
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern)
    if (matches(*pattern, path, is_directory)) return !pattern->negated;
  return {};
}

bool PatternList::may_reach_into(std::string_view directory) const {
  for (const auto& pattern : patterns_) {
    if (!pattern.anchored || pattern.negated) continue;
    const auto literal =
        std::string_view(pattern.text).substr(0, pattern.text.find_first_of("*?[\\"));
    const auto prefix =
        literal.size() == pattern.text.size() ? literal : literal.substr(0, literal.rfind('/') + 1);
    if (is_below(prefix, directory) || prefix.empty() || directory.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace libre::sync
