#include "machine/server_settings.hpp"

#include <charconv>
#include <map>
#include <string>

#include "base/text.hpp"

namespace libre::machine {
namespace {

// Keywords are case-insensitive, and '=' may stand for the space (sshd_config(5)).
std::map<std::string, std::string> first_values(std::string_view text) {
  std::map<std::string, std::string> values;
  for (const auto& raw : split_lines(text)) {
    const auto line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    const auto end = std::min(line.find_first_of(" \t="), line.size());
    const auto keyword = to_lower(line.substr(0, end));
    if (keyword == "match") break;
    auto value = trim(line.substr(end));
    if (value.starts_with('=')) value = trim(value.substr(1));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    values.emplace(keyword, to_lower(value));
  }
  return values;
}

}  // namespace

ServerSettings read_server_settings(std::string_view text) {
  ServerSettings settings;
  settings.readable = true;
  const auto values = first_values(text);
  const auto value = [&](const char* keyword) {
    const auto found = values.find(keyword);
    return found == values.end() ? std::string() : found->second;
  };
  const auto sessions = value("maxsessions");
  std::from_chars(sessions.data(), sessions.data() + sessions.size(), settings.max_sessions);
  settings.use_dns = value("usedns") == "yes";
  const bool all_off = value("disableforwarding") == "yes";
  // "local" allows what we need: forwards from here to there.
  const auto allows = [&](const char* keyword) {
    const auto said = value(keyword);
    return !all_off && said != "no" && said != "remote";
  };
  settings.stream_local_forwarding = allows("allowstreamlocalforwarding");
  settings.tcp_forwarding = allows("allowtcpforwarding");
  return settings;
}

}  // namespace libre::machine
