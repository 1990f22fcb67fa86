// git's wildcard matching ("wildmatch"): *, ?, [a-z], [[:alpha:]], \x, and ** between slashes. Pure.
#pragma once
#include <string_view>

namespace libre::sync {

struct WildOptions {
  bool path = false;         // '*' and '?' do not match '/'; "**" does
  bool ignore_case = false;  // ASCII
};
bool wild_match(std::string_view pattern, std::string_view text, WildOptions options);

}  // namespace libre::sync
