#include "client/config_file.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"

namespace libre::client {

std::vector<SectionLine> section_lines(std::string_view text) {
  std::vector<SectionLine> sections;
  int number = 0;
  for (const auto& raw : split_lines(text)) {
    ++number;
    const auto line = trim(raw);
    const auto close = line.find(']');
    if (line.starts_with('[') && close != std::string_view::npos)
      sections.push_back({std::string(line.substr(1, close - 1)), number});
  }
  return sections;
}

int whole_number(std::string_view text, int low, int high) {
  int number = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole && number >= low && number <= high ? number : -1;
}

int instance_index(std::string_view section) {
  constexpr std::string_view prefix = "instance ";
  if (!section.starts_with(prefix)) return -1;
  return whole_number(section.substr(prefix.size()), 0, 1'000'000);
}

Error config_error(const std::filesystem::path& file, int line, std::string sentence,
                   std::string hint) {
  return {
      Errc::config, fmt::format("{}:{}: {}", file.string(), line, sentence), {}, std::move(hint)};
}

Error unknown_word(const std::filesystem::path& file, int line, const std::string& kind,
                   const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return config_error(file, line, fmt::format("unknown {} \"{}\"", kind, printable(word)),
                      near.empty() ? fmt::format("known are: {}", join(known, ", "))
                                   : fmt::format("did you mean \"{}\"?", near));
}

Result<void> refuse_quotes(const IniEntry& entry, const std::filesystem::path& file) {
  const auto& value = entry.value;
  const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                      (value.front() == '"' || value.front() == '\'');
  if (!quoted) return {};
  return config_error(file, entry.line,
                      fmt::format("the value of \"{}\" stands in quotes", entry.key),
                      fmt::format("write it without: {} = {}", entry.key,
                                  printable(value.substr(1, value.size() - 2))));
}

Result<void> refuse_password_in_address(const IniEntry& entry, const std::filesystem::path& file) {
  const auto& value = entry.value;
  const auto host = value.find("://");
  const auto end = value.find('/', host == std::string::npos ? 0 : host + 3);
  if (host == std::string::npos || value.find('@', host) >= end) return {};
  return config_error(
      file, entry.line,
      fmt::format("there is a name or a password in the address of \"{}\"", entry.key),
      "it would be stored with each install: put it into ~/.netrc or pip's own "
      "configuration on the instance");
}

namespace {

const std::vector<std::string>& instance_keys() {
  static const std::vector<std::string> keys = {
      "name",  "host",   "username",  "password",    "port",        "identity_file", "proxy_jump",
      "shell", "python", "index_url", "remote_root", "remote_home", "persist"};
  return keys;
}

std::string* text_field(InstanceConfig& instance, std::string_view key) {
  if (key == "name") return &instance.name;
  if (key == "host") return &instance.host;
  if (key == "username") return &instance.username;
  if (key == "password") return &instance.password;
  if (key == "identity_file") return &instance.identity_file;
  if (key == "proxy_jump") return &instance.proxy_jump;
  if (key == "shell") return &instance.shell;
  if (key == "python") return &instance.python;
  if (key == "index_url") return &instance.index_url;
  if (key == "remote_root") return &instance.remote_root;
  if (key == "remote_home") return &instance.remote_home;
  return nullptr;
}

}  // namespace

Result<void> set_instance_key(InstanceConfig& instance, const IniEntry& entry,
                              const std::filesystem::path& file) {
  if (entry.key != "password") LIBRE_CHECK(refuse_quotes(entry, file));
  if (entry.key == "index_url") LIBRE_CHECK(refuse_password_in_address(entry, file));
  if (std::string* field = text_field(instance, entry.key)) {
    *field = entry.value;
    return {};
  }
  if (entry.key == "port") {
    instance.port = whole_number(entry.value, 1, 65535);
    if (instance.port > 0) return {};
    return config_error(file, entry.line, fmt::format("\"{}\" is no port", printable(entry.value)),
                        "write a number from 1 to 65535, or leave the line out: port = 22");
  }
  if (entry.key == "persist") {
    instance.persist_minutes = whole_number(entry.value, 0, 1'000'000);
    if (instance.persist_minutes >= 0) return {};
    return config_error(file, entry.line,
                        fmt::format("\"{}\" is no number of minutes", printable(entry.value)),
                        "write how long a connection is kept, 0 for not at all: persist = 10");
  }
  return unknown_word(file, entry.line, "key", entry.key, instance_keys());
}

}  // namespace libre::client
