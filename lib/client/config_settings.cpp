// Single settings of a configuration, as text: lines are changed, never the file written anew from
// values, so comments and order survive.
#include <fmt/format.h>

#include <algorithm>

#include <libre/config.hpp>
#include <libre/config_edit.hpp>

#include "base/text.hpp"
#include "client/config_file.hpp"

namespace libre {

using namespace client;
namespace fs = std::filesystem;

namespace {

struct Name {
  std::string section;  // "instance 0"
  std::string shown;    // "gpu1"
  std::string key;      // "" = the whole section
};

std::string section_of(const InstanceConfig& instance) {
  return fmt::format("instance {}", instance.index);
}

const InstanceConfig* find_section(const Config& config, std::string_view selector) {
  const int index = whole_number(selector, 0, 1'000'000);
  for (const auto& instance : config.instances)
    if (instance.name == selector || instance.index == index) return &instance;
  for (const auto& instance : config.instances)
    if (instance.host == selector) return &instance;
  return nullptr;
}

// Hosts have dots themselves, so the last one divides.
Result<Name> resolve(const Config& config, std::string_view name) {
  if (name == "general") return Name{"general", "general", {}};
  if (const auto* instance = find_section(config, name))
    return Name{section_of(*instance), instance->name, {}};
  const auto dot = name.rfind('.');
  const auto left = name.substr(0, dot);
  if (dot != std::string_view::npos && dot + 1 < name.size()) {
    const std::string key(name.substr(dot + 1));
    if (left == "general") return Name{"general", "general", key};
    if (const auto* instance = find_section(config, left))
      return Name{section_of(*instance), instance->name, key};
  }
  std::vector<std::string> names = {"general"};
  for (const auto& instance : config.instances) names.push_back(instance.name);
  const auto near = nearest(left, names);
  return Error{Errc::not_found,
               fmt::format("there is no \"{}\" in the configuration", printable(name)),
               fmt::format("known are: {}", join(names, ", ")),
               near.empty() ? "name a setting like general.instance or gpu1.port"
                            : fmt::format("did you mean \"{}\"?", near)};
}

std::string shown_section(const Config& config, const std::string& section) {
  for (const auto& instance : config.instances)
    if (section_of(instance) == section) return instance.name;
  return section;
}

// Lines with their ends, so that joining them gives the text again byte for byte.
std::vector<std::string> whole_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// The line with another value; its indentation, its spaces and a comment behind it stay.
std::string with_value(const std::string& line, const std::string& value) {
  const auto mark = line.find_first_of("=:");
  auto begin = line.find_first_not_of(" \t", mark + 1);
  const auto end_of_line = std::min(line.find_first_of("\r\n"), line.size());
  begin = std::min(begin, end_of_line);
  auto end = std::min({line.find(" ;", begin), line.find("\t;", begin), end_of_line});
  while (end < end_of_line && end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  const bool bare = begin < end_of_line && line[begin] == ';';  // "key = ; why", without a value
  if (bare) return line.substr(0, begin) + value + " " + line.substr(begin);
  const bool glued = begin == mark + 1 && begin == end_of_line;  // "key =", without one
  return line.substr(0, begin) + (glued ? " " : "") + value + line.substr(end);
}

// Where a new line of `section` belongs: behind its last one. 0 = there is no such section.
std::size_t line_behind(std::string_view text, const std::vector<IniEntry>& entries,
                        const std::string& section) {
  std::size_t last = 0;
  for (const auto& begin : section_lines(text))
    if (begin.name == section) last = static_cast<std::size_t>(begin.line);
  for (const auto& entry : entries)
    if (entry.section == section) last = static_cast<std::size_t>(entry.line);
  return last;
}

std::string joined(const std::vector<std::string>& lines) { return join(lines, ""); }

// The lines of one section go; comments and blank lines before the next one belong to that.
void erase_section(std::vector<std::string>& lines, std::string_view text,
                   const std::vector<IniEntry>& entries, const std::string& section) {
  for (const auto& begin : section_lines(text)) {
    if (begin.name != section) continue;
    const auto first = static_cast<std::size_t>(begin.line) - 1;
    auto end = line_behind(text, entries, section);
    if (end < lines.size() && trim(lines[end]).empty()) ++end;
    for (auto at = first; at < end; ++at) {
      const auto line = trim(lines[at]);
      const bool comment = line.starts_with('#') || line.starts_with(';');
      if (!comment) lines[at].clear();
    }
    return;
  }
}

// What is left must be a configuration, and its default instance one that there is.
Result<void> check(const std::string& text, const fs::path& origin, const std::string& problem) {
  auto config = parse_config(text, origin);
  if (!config) return std::move(config).error().wrapped(problem);
  if (config->default_instance.empty()) return {};
  auto found = find_instance(*config, "");
  if (found) return {};
  Error error = std::move(found).error().wrapped(problem);
  error.code = Errc::config;
  error.hint = "say first which instance is the default: re conf set general.instance NAME";
  return error;
}

Error not_set(const std::string& name) {
  return {Errc::not_found,
          fmt::format("{} is not set", printable(name)),
          {},
          "re conf shows what is set"};
}

}  // namespace

Result<std::vector<Setting>> settings_of(std::string_view text, const fs::path& origin,
                                         std::string_view name) {
  LIBRE_TRY(const Config config, parse_config(text, origin));
  LIBRE_TRY(const auto entries, parse_ini(text, origin.string()));
  Name wanted;
  if (!name.empty()) {
    LIBRE_TRY(wanted, resolve(config, name));
  }
  std::vector<Setting> settings;
  for (const auto& entry : entries) {
    if (!wanted.section.empty() && entry.section != wanted.section) continue;
    if (!wanted.key.empty() && entry.key != wanted.key) continue;
    const bool secret = entry.key == "password";
    settings.push_back({shown_section(config, entry.section) + "." + entry.key,
                        secret ? std::string() : entry.value, secret});
  }
  if (settings.empty() && !name.empty()) return not_set(std::string(name));
  return settings;
}

Result<std::string> with_setting(std::string_view text, const fs::path& origin,
                                 std::string_view name, const std::string& value) {
  LIBRE_TRY(const Config config, parse_config(text, origin));
  LIBRE_TRY(const auto entries, parse_ini(text, origin.string()));
  LIBRE_TRY(const Name wanted, resolve(config, name));
  if (wanted.key.empty())
    return Error{Errc::usage,
                 fmt::format("which setting of {}?", printable(wanted.shown)),
                 {},
                 fmt::format("name it: {}.port", wanted.shown)};
  if (value.empty())
    return Error{Errc::usage,
                 fmt::format("{} needs a value", printable(name)),
                 {},
                 fmt::format("to take it away: re conf remove {}", printable(name))};
  LIBRE_CHECK(check_storable(wanted.key, value));
  auto lines = whole_lines(text);
  bool found = false;
  for (const auto& entry : entries) {
    if (entry.section != wanted.section || entry.key != wanted.key) continue;
    auto& line = lines[static_cast<std::size_t>(entry.line) - 1];
    line = with_value(line, value);
    found = true;
  }
  if (!found) {
    const auto behind = line_behind(text, entries, wanted.section);
    if (!lines.empty() && !lines.back().ends_with('\n')) lines.back() += '\n';
    const std::string line = fmt::format("{} = {}\n", wanted.key, value);
    if (behind > 0)
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(behind), line);
    else
      lines.push_back(fmt::format("{}[{}]\n{}", lines.empty() ? "" : "\n", wanted.section, line));
  }
  auto changed = joined(lines);
  LIBRE_CHECK(check(changed, origin, fmt::format("{} was not set", printable(name))));
  return changed;
}

Result<std::string> without_setting(std::string_view text, const fs::path& origin,
                                    std::string_view name) {
  LIBRE_TRY(const Config config, parse_config(text, origin));
  LIBRE_TRY(const auto entries, parse_ini(text, origin.string()));
  LIBRE_TRY(const Name wanted, resolve(config, name));
  if (wanted.section == "general" && wanted.key.empty())
    return Error{Errc::usage, "general is no instance", {}, "re conf remove general.instance"};
  auto lines = whole_lines(text);
  bool found = wanted.key.empty();
  if (wanted.key.empty()) erase_section(lines, text, entries, wanted.section);
  for (const auto& entry : entries) {
    if (wanted.key.empty() || entry.section != wanted.section || entry.key != wanted.key) continue;
    lines[static_cast<std::size_t>(entry.line) - 1].clear();
    found = true;
  }
  if (!found) return not_set(std::string(name));
  auto changed = joined(lines);
  LIBRE_CHECK(check(changed, origin, fmt::format("{} was not removed", printable(name))));
  return changed;
}

}  // namespace libre
