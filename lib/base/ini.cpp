#include "base/ini.hpp"

#include <ini.h>

namespace libre {

Result<std::vector<IniEntry>> parse_ini(std::string_view text, std::string_view origin) {
  // inih's handler gets no line number in Debian's build, so lines are fed one at a time and the
  // section is carried over.
  std::vector<IniEntry> entries;
  struct Feed {
    std::vector<IniEntry>& entries;
    std::string section;
    int line = 0;
  } feed{entries, {}, 0};
  const auto handler = [](void* user, const char* section, const char* name, const char* value) {
    auto& f = *static_cast<Feed*>(user);
    f.entries.push_back({*section ? section : f.section, name, value ? value : "", f.line});
    return 1;
  };
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++feed.line;
    if (line.ends_with('\r')) line.pop_back();
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    line.erase(0, first);
    if (line[0] == '[') {
      const auto close = line.find(']');
      if (close == std::string::npos)
        return Error{Errc::config, std::string(origin) + ":" + std::to_string(feed.line) + ": a section needs a closing ]"};
      feed.section = line.substr(1, close - 1);
      continue;
    }
    if (::ini_parse_string(line.c_str(), handler, &feed) != 0)
      return Error{Errc::config, std::string(origin) + ":" + std::to_string(feed.line) + ": this is no setting",
                   "the line is \"" + line + "\"", "write it as: key = value"};
  }
  return entries;
}

}  // namespace libre
