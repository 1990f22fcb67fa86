#include "transport/ssh/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"
#include "transport/ssh/config_line.hpp"

namespace libre::transport {
namespace {

constexpr int max_include_depth = 16;  // as OpenSSH has it

bool wildcard_match(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*') {
    for (std::size_t skip = 0; skip <= name.size(); ++skip)
      if (wildcard_match(pattern.substr(1), name.substr(skip))) return true;
    return false;
  }
  if (name.empty() || (pattern.front() != '?' && pattern.front() != name.front())) return false;
  return wildcard_match(pattern.substr(1), name.substr(1));
}

// "10", "90s", "2m", "1h30m": OpenSSH's time format, in seconds; -1 where it is none.
int parse_time(std::string_view text) {
  if (text.empty()) return -1;
  std::int64_t total = 0;
  while (!text.empty()) {
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || number < 0) return -1;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::int64_t unit = 1;
    if (!text.empty()) {
      static const std::map<char, int> units{
          {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
      const auto found = units.find(static_cast<char>(text.front() | 0x20));
      if (found == units.end()) return -1;
      unit = found->second;
      text.remove_prefix(1);
    }
    total += number * unit;
    if (total > 1'000'000'000) return -1;
  }
  return static_cast<int>(total);
}

// Walks through one file and what it includes.
class Reader {
 public:
  Reader(const SshConfigQuery& query, const IncludeFiles& include, SshSettings& settings)
      : query_(query), include_(include), settings_(settings) {}

  Result<void> read(const SshConfigText& file, int depth, bool enclosing) {
    bool active = enclosing;
    int number = 0;
    for (const auto& text : split_lines(file.text)) {
      ++number;
      auto line = parse_ssh_config_line(text);
      auto done = line ? read_line(*line, depth, enclosing, active) : Result<void>(line.error());
      if (done) continue;
      Error error = std::move(done).error();
      if (error.hint.empty())
        error = Error{Errc::config, fmt::format("{}:{}: {}", file.origin, number, error.message),
                      error.cause, "correct that line"};
      return error;
    }
    return {};
  }

 private:
  Result<void> read_line(const SshConfigLine& line, int depth, bool enclosing, bool& active) {
    const auto& words = line.words;
    if (line.keyword.empty()) return {};
    if (line.keyword == "host") {
      active = enclosing && match_pattern_list(query_.host, words, LetterCase::counts);
      return {};
    }
    if (line.keyword == "match") {
      active = enclosing && match_block(words);
      return {};
    }
    if (line.keyword == "include") {
      if (depth >= max_include_depth) return Error{Errc::config, "Include is nested too deeply"};
      for (const auto& pattern : words)
        for (const auto& file : include_(pattern)) LIBRE_CHECK(read(file, depth + 1, active));
      return {};
    }
    return active ? keep(line) : Result<void>();
  }

  // An unknown criterion makes the whole block not match: better to use too little than too much.
  bool match_block(const std::vector<std::string>& words) const {
    bool matches = !words.empty();
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::string criterion = to_lower(words[i]);
      const bool negated = criterion.starts_with('!');
      if (negated) criterion.erase(0, 1);
      if (criterion == "all") {
        matches = matches && !negated;
        continue;
      }
      std::string argument;
      if (const auto equals = criterion.find('='); equals != std::string::npos) {
        argument = words[i].substr(equals + 1 + (negated ? 1 : 0));
        criterion.erase(equals);
      } else if (i + 1 < words.size()) {
        argument = words[++i];
      }
      const auto subject = match_subject(criterion);
      if (!subject) return false;
      const auto letters = criterion.ends_with("host") ? LetterCase::ignored : LetterCase::counts;
      matches = matches && match_pattern_list(*subject, split(argument, ','), letters) != negated;
    }
    return matches;
  }

  std::optional<std::string> match_subject(const std::string& criterion) const {
    if (criterion == "host") {
      if (!settings_.host_name) return query_.host;
      std::string host = *settings_.host_name;
      for (auto at = host.find("%h"); at != std::string::npos;
           at = host.find("%h", at + query_.host.size()))
        host.replace(at, 2, query_.host);
      return host;
    }
    if (criterion == "originalhost") return query_.host;
    if (criterion == "localuser") return query_.local_user;
    if (criterion == "user")
      return !query_.user.empty() ? query_.user : settings_.user.value_or(query_.local_user);
    return std::nullopt;
  }

  Result<void> keep(const SshConfigLine& line) {
    const std::string& k = line.keyword;
    if (k == "proxycommand") return keep_proxy_command(line);
    static const std::map<std::string, std::optional<std::string> SshSettings::*> texts{
        {"hostname", &SshSettings::host_name},
        {"user", &SshSettings::user},
        {"identityagent", &SshSettings::identity_agent},
        {"stricthostkeychecking", &SshSettings::strict_host_key_checking},
        {"hostkeyalias", &SshSettings::host_key_alias}};
    static const std::map<std::string, std::optional<int> SshSettings::*> times{
        {"connecttimeout", &SshSettings::connect_timeout},
        {"serveraliveinterval", &SshSettings::server_alive_interval}};
    const bool known = texts.contains(k) || times.contains(k) || k == "port" ||
                       k == "identityfile" || k == "identitiesonly" || k == "proxyjump" ||
                       k == "serveralivecountmax" || k == "userknownhostsfile" ||
                       k == "globalknownhostsfile";
    if (!known) return {};
    if (line.words.empty() || line.words[0].empty())
      return Error{Errc::config, k + " has no value"};
    const std::string& value = line.words[0];
    if (const auto text = texts.find(k); text != texts.end())
      return keep_first(settings_.*text->second, value);
    if (const auto time = times.find(k); time != times.end()) {
      const int seconds = value == "none" ? 0 : parse_time(value);
      if (seconds < 0) return Error{Errc::config, k + " is no time: " + value};
      return keep_first(settings_.*time->second, seconds);
    }
    if (k == "identityfile") {
      if (std::ranges::find(settings_.identity_files, value) == settings_.identity_files.end())
        settings_.identity_files.push_back(value);
      return {};
    }
    if (k == "proxyjump") return keep_proxy_jump(value);
    if (k == "userknownhostsfile") return keep_first(settings_.user_known_hosts, line.words);
    if (k == "globalknownhostsfile") return keep_first(settings_.global_known_hosts, line.words);
    return keep_number_or_switch(k, value);
  }

  Result<void> keep_number_or_switch(const std::string& k, const std::string& value) {
    if (k == "identitiesonly") {
      const std::string word = to_lower(value);
      const bool yes = word == "yes" || word == "true", no = word == "no" || word == "false";
      if (!yes && !no) return Error{Errc::config, k + " is neither yes nor no: " + value};
      return keep_first(settings_.identities_only, yes);
    }
    int number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool port = k == "port";
    if (failure != std::errc() || *end != '\0' || number < (port ? 1 : 0) ||
        (port && number > 65535))
      return Error{Errc::config,
                   fmt::format("{} is no {}: {}", k, port ? "port" : "number", value)};
    return keep_first(port ? settings_.port : settings_.server_alive_count_max, number);
  }

  // ProxyJump and ProxyCommand exclude each other: the one that comes first counts.
  Result<void> keep_proxy_jump(const std::string& value) {
    if (!settings_.proxy_command && !settings_.proxy_jump) settings_.proxy_jump = value;
    return {};
  }
  Result<void> keep_proxy_command(const SshConfigLine& line) {
    if (line.rest.empty()) return Error{Errc::config, "proxycommand has no value"};
    if (!settings_.proxy_command && !settings_.proxy_jump) settings_.proxy_command = line.rest;
    return {};
  }

  template <class T>
  static Result<void> keep_first(std::optional<T>& field, const std::type_identity_t<T>& value) {
    if (!field) field = value;
    return {};
  }

  const SshConfigQuery& query_;
  const IncludeFiles& include_;
  SshSettings& settings_;
};

void collect_aliases(const SshConfigText& file, const IncludeFiles& include, int depth,
                     std::vector<std::string>& aliases) {
  for (const auto& text : split_lines(file.text)) {
    const auto line = parse_ssh_config_line(text);
    if (!line) continue;
    if (line->keyword == "include" && depth < max_include_depth)
      for (const auto& pattern : line->words)
        for (const auto& included : include(pattern))
          collect_aliases(included, include, depth + 1, aliases);
    if (line->keyword != "host") continue;
    for (const auto& word : line->words)
      if (word.find_first_of("*?!") == std::string::npos &&
          std::ranges::find(aliases, word) == aliases.end())
        aliases.push_back(word);
  }
}

}  // namespace

bool match_pattern_list(std::string_view name, const std::vector<std::string>& patterns,
                        LetterCase letter_case) {
  const auto fold = [&](std::string_view text) {
    return letter_case == LetterCase::ignored ? to_lower(text) : std::string(text);
  };
  const std::string folded = fold(name);
  bool found = false;
  for (const auto& pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    if (!wildcard_match(fold(std::string_view(pattern).substr(negated ? 1 : 0)), folded)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

Result<void> apply_ssh_config(const SshConfigText& file, const SshConfigQuery& query,
                              const IncludeFiles& include, SshSettings& settings) {
  return Reader(query, include, settings).read(file, 0, true);
}

std::vector<std::string> ssh_host_aliases(const SshConfigText& file, const IncludeFiles& include) {
  std::vector<std::string> aliases;
  collect_aliases(file, include, 0, aliases);
  return aliases;
}

}  // namespace libre::transport
