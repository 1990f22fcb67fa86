#include <libre/config.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>

#include <set>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "client/config_file.hpp"

namespace libre {

using namespace client;

std::string InstanceConfig::describe() const {
  if (local) return "local";
  std::string text = username.empty() ? host : username + "@" + host;
  if (port != 0 && port != 22) text += ":" + std::to_string(port);
  return text;
}

namespace {

// One [section] with its lines.
struct Section {
  SectionLine begin;
  std::vector<IniEntry> entries;
};

Result<std::vector<Section>> sections_of(std::string_view text, const std::filesystem::path& file) {
  LIBRE_TRY(const auto entries, parse_ini(text, file.string()));
  std::vector<Section> sections;
  std::set<std::string> seen;
  for (const auto& begin : section_lines(text)) {
    if (!seen.insert(begin.name).second)
      return config_error(file, begin.line,
                          fmt::format("[{}] stands here a second time", begin.name),
                          "join both into one, or give this one another number");
    sections.push_back({begin, {}});
  }
  for (const auto& entry : entries) {
    Section* home = nullptr;
    for (auto& section : sections)
      if (section.begin.line < entry.line) home = &section;
    if (!home)
      return config_error(file, entry.line,
                          fmt::format("\"{}\" stands before any section", entry.key),
                          "put it below [general] or [instance 0]");
    home->entries.push_back(entry);
  }
  return sections;
}

Result<void> read_general(Config& config, const Section& section) {
  for (const auto& entry : section.entries) {
    LIBRE_CHECK(refuse_quotes(entry, config.file));
    if (entry.key == "instance")
      config.default_instance = entry.value;
    else if (entry.key == "remote_home")
      config.remote_home = entry.value;
    else if (entry.key == "index_url") {
      LIBRE_CHECK(refuse_password_in_address(entry, config.file));
      config.index_url = entry.value;
    } else
      return unknown_word(config.file, entry.line, "key", entry.key,
                          {"instance", "remote_home", "index_url"});
  }
  return {};
}

Result<void> read_instance(Config& config, const Section& section) {
  InstanceConfig instance;
  const auto number = std::string_view(section.begin.name).substr(std::strlen("instance "));
  instance.index = instance_index(section.begin.name);
  if (instance.index < 0)
    return config_error(config.file, section.begin.line,
                        fmt::format("\"{}\" is no number of an instance", printable(number)),
                        "write a number here and the name below: [instance 0] and name = gpu1");
  std::set<std::string> seen;
  for (const auto& entry : section.entries) {
    if (!seen.insert(entry.key).second)
      return config_error(config.file, entry.line,
                          fmt::format("\"{}\" stands twice in [{}]", entry.key, section.begin.name),
                          "keep one of both lines");
    LIBRE_CHECK(set_instance_key(instance, entry, config.file));
    if (entry.key == "password" && !entry.value.empty())
      config.warnings.push_back(
          fmt::format("{}:{}: a stored password is easily lost to others; keys are safer "
                      "(ssh-copy-id {})",
                      config.file.string(), entry.line, instance.describe()));
  }
  if (instance.host.empty())
    return config_error(config.file, section.begin.line,
                        fmt::format("[{}] has no host", section.begin.name),
                        "add: host = machine.example.org");
  if (instance.name.empty()) instance.name = instance.host;
  if (instance.name == "local")
    return config_error(config.file, section.begin.line, "the name \"local\" is this machine's",
                        "choose another name");
  if (instance.name == "auto")
    return config_error(config.file, section.begin.line,
                        "the name \"auto\" stands for whichever machine fits",
                        "choose another name");
  config.instances.push_back(std::move(instance));
  return {};
}

// Names are compared when all instances are known: one may take the host of a later one. `lines` are
// where the sections of config.instances begin.
Result<void> check_names(Config& config, const std::vector<int>& lines) {
  for (std::size_t at = 0; at < config.instances.size(); ++at) {
    const auto& named = config.instances[at];
    if (named.name == named.host) continue;
    for (std::size_t i = 0; i < config.instances.size(); ++i) {
      const auto& other = config.instances[i];
      if (i < at && other.name == named.name && other.name != other.host)
        return config_error(
            config.file, lines[at],
            fmt::format("the name \"{}\" is already that of [instance {}] in line {}",
                        printable(named.name), other.index, lines[i]),
            "choose another name");
      if (i != at && other.host == named.name)
        config.warnings.push_back(fmt::format(
            "{}:{}: [instance {}] is named \"{}\", which is the host of [instance {}] in line {}: "
            "\"{}\" means the former",
            config.file.string(), lines[at], named.index, printable(named.name), other.index,
            lines[i], printable(named.name)));
    }
  }
  return {};
}

Result<void> refuse_readable_password(const Config& config) {
  bool password = false;
  for (const auto& instance : config.instances) password |= !instance.password.empty();
  struct ::stat info {};
  if (!password || ::stat(config.file.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return {};
  return Error{Errc::config,
               fmt::format("{} holds a password and others can read it", config.file.string()),
               fmt::format("its mode is {:04o}", info.st_mode & 07777),
               "chmod 600 " + shell_quote(config.file.string())};
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::filesystem::path& origin) {
  Config config;
  config.file = origin;
  std::vector<int> lines;
  LIBRE_TRY(const auto sections, sections_of(text, origin));
  for (const auto& section : sections) {
    if (section.begin.name == "general")
      LIBRE_CHECK(read_general(config, section));
    else if (section.begin.name.starts_with("instance ")) {
      LIBRE_CHECK(read_instance(config, section));
      lines.push_back(section.begin.line);
    } else
      return unknown_word(origin, section.begin.line, "section", section.begin.name,
                          {"general", "instance 0"});
  }
  LIBRE_CHECK(check_names(config, lines));
  for (auto& instance : config.instances) {
    if (instance.remote_home.empty()) instance.remote_home = config.remote_home;
    if (instance.index_url.empty()) instance.index_url = config.index_url;
  }
  return config;
}

Result<std::filesystem::path> config_path() {
  const auto env = process_environment();
  if (const auto path = env("RE_CONFIG")) return std::filesystem::path(*path);
  LIBRE_TRY(const auto home, home_directory(env));
  return home / ".recompute.conf";
}

Result<std::string> config_text(const std::filesystem::path& file) {
  auto text = read_file(file, 1 << 20);
  if (text || text.error().code == Errc::not_found) return text;
  return std::move(text).error().wrapped(
      fmt::format("cannot read the configuration {}", file.string()));
}

Result<Config> load_config() {
  LIBRE_TRY(const auto file, config_path());
  auto text = config_text(file);
  if (!text && text.error().code == Errc::not_found) {
    Config config;
    config.file = file;
    return config;
  }
  if (!text) return std::move(text).error();
  LIBRE_TRY(Config config, parse_config(*text, file));
  config.exists = true;
  LIBRE_CHECK(refuse_readable_password(config));
  return config;
}

Result<void> write_config(const std::filesystem::path& file, std::string_view content) {
  // A link is followed: people keep such files in a repository of their own.
  std::error_code failure;
  const auto target = std::filesystem::weakly_canonical(file, failure);
  return write_file_atomic(failure ? file : target, content, 0600);
}

}  // namespace libre
