#include "deps/install_reason.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace libre::deps {
namespace {

// How they begin, the more telling ones first; the last is build_environment's own.
constexpr std::string_view marks[] = {
    "ERROR: ", "error: ", "╰─▶ ", "× ", "ResolvePackageNotFound", "re: ERROR: "};

}  // namespace

std::string install_reason(std::string_view log) {
  auto lines = split_lines(log);
  std::ranges::reverse(lines);
  for (const auto mark : marks)
    for (const auto& line : lines)
      if (const auto text = trim(line); text.starts_with(mark)) {
        const bool word = mark.ends_with(": ") || mark.ends_with(" ");
        return printable(word ? text.substr(mark.size()) : text);
      }
  for (const auto& line : lines)
    if (const auto text = trim(line); !text.empty()) return printable(text);
  return "it printed nothing";
}

}  // namespace libre::deps
