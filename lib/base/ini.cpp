#include "base/ini.hpp"

#include <ini.h>

#include <string>

namespace libre {
namespace {

// Debian builds inih with a buffer of 200 bytes for a line, its end included; it would read the rest
// of a longer one as a line of its own.
constexpr std::size_t longest_line = 198;

Error bad_line(std::string_view origin, int line, std::string_view what, const std::string& text,
               std::string hint) {
  return Error{
      Errc::config, std::string(origin) + ":" + std::to_string(line) + ": " + std::string(what),
      // Only its beginning: what comes later may be a password.
      text.empty() ? text
                   : "the line begins with \"" + text.substr(0, text.find_first_of(" \t")) + "\"",
      std::move(hint)};
}

}  // namespace

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
    if (line[0] == ';' || line[0] == '#') continue;
    if (line.find('\0') != std::string::npos)
      return bad_line(origin, feed.line, "this is no text", {}, "remove the zero byte");
    if (line.size() > longest_line)
      return bad_line(origin, feed.line, "this line is too long", {},
                      "use at most " + std::to_string(longest_line) + " bytes in a line");
    if (line[0] == '[') {
      const auto close = line.find(']');
      if (close == std::string::npos)
        return bad_line(origin, feed.line, "a section needs a closing ]", line,
                        "write it as: [name]");
      feed.section = line.substr(1, close - 1);
      continue;
    }
    if (::ini_parse_string(line.c_str(), handler, &feed) != 0)
      return bad_line(origin, feed.line, "this is no setting", line, "write it as: key = value");
  }
  return entries;
}

}  // namespace libre
