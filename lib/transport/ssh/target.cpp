#include "transport/ssh/target.hpp"

#include <fmt/format.h>
#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/files.hpp"
#include "base/text.hpp"
#include "transport/ssh/config.hpp"

namespace libre::transport {
namespace fs = std::filesystem;
namespace {

constexpr int max_jumps = 8;

std::string local_user(const Environment& environment) {
  if (const passwd* entry = ::getpwuid(::getuid())) return entry->pw_name;
  return environment("USER").value_or("");
}

std::vector<SshConfigText> glob_files(const std::string& pattern) {
  glob_t found{};
  std::vector<SshConfigText> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i)
      if (auto text = read_file(found.gl_pathv[i]))
        files.push_back({found.gl_pathv[i], std::move(*text)});
  ::globfree(&found);
  return files;
}

IncludeFiles includes_under(const fs::path& base, const fs::path& home) {
  return [base, home](const std::string& pattern) {
    const fs::path path = expand_tilde(pattern, home);
    return glob_files(path.is_absolute() ? path.string() : (base / path).string());
  };
}

// What the person wrote where a machine is named: "user@host:port", "ssh://user@host:port".
struct Spelled {
  std::string user{}, host{};
  int port = 0;
};

Result<Spelled> parse_destination(std::string_view text) {
  Spelled result;
  if (text.starts_with("ssh://")) text.remove_prefix(6);
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    result.user = std::string(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port = colon != std::string_view::npos &&
                        (bracketed ? colon > 0 && text[colon - 1] == ']' : text.find(':') == colon);
  if (has_port) {
    const auto digits = text.substr(colon + 1);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    if (failure != std::errc() || end != digits.data() + digits.size() || result.port < 1 ||
        result.port > 65535)
      return Error{Errc::config, "no port: " + std::string(digits)};
    text = text.substr(0, colon);
  }
  if (bracketed && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  result.host = std::string(text);
  if (result.host.empty()) return Error{Errc::config, "a machine without a name"};
  return result;
}

class Resolver {
 public:
  explicit Resolver(const SshPlaces& places, fs::path home)
      : places_(places), home_(std::move(home)), local_user_(local_user(places.environment)) {}

  // `jump` overrides the ProxyJump of the files where it is set; "none" means a direct connection.
  Result<SshTarget> resolve(const InstanceConfig& instance, std::optional<std::string> jump,
                            int depth) const {
    if (depth > max_jumps)
      return Error{Errc::config, "the chain of ProxyJump does not end at " + instance.host, "",
                   "look at ProxyJump in ~/.ssh/config"};
    LIBRE_TRY(const auto settings, settings_for(instance));
    SshTarget target;
    target.name = instance.host;
    target.host = to_lower(
        expand_percent(settings.host_name.value_or(instance.host), {{'h', instance.host}}));
    target.port = instance.port > 0 ? instance.port : settings.port.value_or(22);
    target.user =
        !instance.username.empty() ? instance.username : settings.user.value_or(local_user_);
    target.password = instance.password;
    LIBRE_CHECK(set_host_keys(settings, target));
    set_identities(instance, settings, target);
    target.connect_timeout = std::chrono::seconds(settings.connect_timeout.value_or(0));
    target.alive_interval = std::chrono::seconds(settings.server_alive_interval.value_or(15));
    target.alive_count = settings.server_alive_count_max.value_or(3);
    if (!jump && !instance.proxy_jump.empty()) jump = instance.proxy_jump;
    if (!jump && settings.proxy_command) {
      if (*settings.proxy_command != "none") target.proxy_command = *settings.proxy_command;
      return target;
    }
    if (!jump) jump = settings.proxy_jump;
    if (jump && *jump != "none") LIBRE_CHECK(add_jumps(*jump, depth, target));
    return target;
  }

 private:
  Result<SshSettings> settings_for(const InstanceConfig& instance) const {
    SshSettings settings;
    const SshConfigQuery query{instance.host, instance.username, local_user_};
    const fs::path own = home_ / ".ssh/config";
    for (const fs::path& path : {own, places_.system_config}) {
      auto text = read_file(path);
      if (!text) {
        if (text.error().code == Errc::not_found) continue;
        return std::move(text).error();
      }
      const fs::path base = path == own ? home_ / ".ssh" : places_.system_config.parent_path();
      LIBRE_CHECK(apply_ssh_config({path.string(), std::move(*text)}, query,
                                   includes_under(base, home_), settings));
    }
    return settings;
  }

  // "a,b": this machine is reached from b, b from a, and a as its own configuration says.
  Result<void> add_jumps(const std::string& jump, int depth, SshTarget& target) const {
    const auto comma = jump.rfind(',');
    LIBRE_TRY(const auto spelled,
              parse_destination(trim(jump.substr(comma == std::string::npos ? 0 : comma + 1))));
    InstanceConfig hop;
    hop.host = spelled.host;
    hop.username = spelled.user;
    hop.port = spelled.port;
    std::optional<std::string> before;
    if (comma != std::string::npos) before = jump.substr(0, comma);
    LIBRE_TRY(auto via, resolve(hop, before, depth + 1));
    target.via.push_back(std::move(via));
    return {};
  }

  Result<void> set_host_keys(const SshSettings& settings, SshTarget& target) const {
    const auto paths = [&](const std::optional<std::vector<std::string>>& given,
                           const std::vector<std::string>& fallback) {
      std::vector<fs::path> result;
      for (const auto& text : given ? *given : fallback)
        if (text != "none") result.push_back(expand_path(text, target));
      return result;
    };
    target.user_known_hosts =
        paths(settings.user_known_hosts, {"~/.ssh/known_hosts", "~/.ssh/known_hosts2"});
    target.global_known_hosts = paths(settings.global_known_hosts,
                                      {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
    target.host_key_alias = settings.host_key_alias.value_or("");
    const std::string policy = to_lower(settings.strict_host_key_checking.value_or("ask"));
    if (policy == "ask")
      target.host_keys = HostKeyPolicy::ask;
    else if (policy == "yes" || policy == "true")
      target.host_keys = HostKeyPolicy::strict;
    else if (policy == "accept-new")
      target.host_keys = HostKeyPolicy::accept_new;
    else if (policy == "no" || policy == "off" || policy == "false")
      target.host_keys = HostKeyPolicy::off;
    else
      return Error{Errc::config, "StrictHostKeyChecking has an unknown value: " + policy, "",
                   "write yes, no, ask or accept-new in ~/.ssh/config"};
    return {};
  }

  void set_identities(const InstanceConfig& instance, const SshSettings& settings,
                      SshTarget& target) const {
    std::vector<std::string> files;
    if (!instance.identity_file.empty()) files.push_back(instance.identity_file);
    std::ranges::copy(settings.identity_files, std::back_inserter(files));
    std::erase(files, "none");
    target.explicit_identities = !files.empty() || !settings.identity_files.empty();
    if (!target.explicit_identities)
      files = {"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"};
    for (const auto& file : files) target.identity_files.push_back(expand_path(file, target));
    target.identities_only = settings.identities_only.value_or(false);
    const std::string agent = settings.identity_agent.value_or("SSH_AUTH_SOCK");
    if (agent == "SSH_AUTH_SOCK")
      target.identity_agent = places_.environment("SSH_AUTH_SOCK").value_or("");
    else if (agent.starts_with('$'))
      target.identity_agent = places_.environment(agent.c_str() + 1).value_or("");
    else if (agent != "none")
      target.identity_agent = expand_path(agent, target).string();
  }

  fs::path expand_path(const std::string& text, const SshTarget& target) const {
    const std::string expanded = expand_percent(
        text, {{'d', home_.string()},
               {'h', target.host},
               {'n', target.name},
               {'p', std::to_string(target.port)},
               {'r', target.user},
               {'u', local_user_},
               {'i', std::to_string(::getuid())},
               {'k', target.host_key_alias.empty() ? target.name : target.host_key_alias}});
    return expand_tilde(expanded, home_);
  }

  const SshPlaces& places_;
  fs::path home_;
  std::string local_user_;
};

}  // namespace

std::string SshTarget::describe() const {
  return port == 22 ? fmt::format("{}@{}", user, host) : fmt::format("{}@{}:{}", user, host, port);
}

std::string expand_percent(std::string_view text,
                           const std::vector<std::pair<char, std::string>>& values) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char token = text[++i];
    const auto value = std::ranges::find(values, token, &std::pair<char, std::string>::first);
    if (token == '%')
      result += '%';
    else if (value != values.end())
      result += value->second;
    else
      (result += '%') += token;
  }
  return result;
}

Result<SshTarget> resolve_ssh_target(const InstanceConfig& instance, const SshPlaces& places) {
  if (instance.host.empty()) return Error{Errc::config, "the instance has no host"};
  if (instance.host.starts_with('-') ||
      instance.host.find_first_of(" \t\n'\"`$;&|<>()\\") != std::string::npos)
    return Error{Errc::config, "this is no name of a machine: " + printable(instance.host)};
  LIBRE_TRY(const auto home, home_directory(places.environment));
  return Resolver(places, home).resolve(instance, std::nullopt, 0);
}

std::vector<std::string> ssh_config_aliases(const SshPlaces& places) {
  const auto home = home_directory(places.environment);
  if (!home) return {};
  const auto text = read_file(*home / ".ssh/config");
  if (!text) return {};
  return ssh_host_aliases({(*home / ".ssh/config").string(), *text},
                          includes_under(*home / ".ssh", *home));
}

}  // namespace libre::transport
