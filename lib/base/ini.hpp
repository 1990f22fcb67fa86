// INI files as values that remember where each line was, so that an error can name it and an edit
// can keep the comments.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <libre/result.hpp>

namespace libre {

struct IniEntry {
  std::string section;  // "" before the first section
  std::string key;
  std::string value;  // white space trimmed; an inline comment needs " ;" before it
  int line = 0;       // 1-based
};

// Parses a whole text, in order. Errc::config names `origin` and the line that is no INI.
Result<std::vector<IniEntry>> parse_ini(std::string_view text, std::string_view origin);

}  // namespace libre
