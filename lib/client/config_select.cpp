// From what a person typed to one instance.
#include <fmt/format.h>

#include <algorithm>

#include <libre/config.hpp>
#include <libre/probe.hpp>

#include "base/text.hpp"
#include "client/config_file.hpp"
#include "transport/ssh/target.hpp"

namespace libre {
namespace {

InstanceConfig local_instance(const Config& config) {
  InstanceConfig instance;
  instance.name = instance.host = "local";
  instance.local = true;
  instance.remote_home = config.remote_home;
  instance.index_url = config.index_url;
  return instance;
}

std::optional<InstanceConfig> by_number(const Config& config, std::string_view selector) {
  const int index = client::whole_number(selector, 0, 1'000'000);
  for (const auto& instance : config.instances)
    if (index >= 0 && instance.index == index) return instance;
  return std::nullopt;
}

std::optional<InstanceConfig> by_name(const Config& config, std::string_view selector) {
  // What somebody wrote as a name goes before what is only a host, wherever it stands.
  for (const auto& instance : config.instances)
    if (instance.name == selector && instance.name != instance.host) return instance;
  for (const auto& instance : config.instances)
    if (instance.host == selector) return instance;
  return std::nullopt;
}

// "user@host" and "user@host:port", also with an IPv6 address in brackets.
Result<InstanceConfig> by_address(const Config& config, std::string_view selector) {
  InstanceConfig wanted;
  const auto at = selector.rfind('@');
  wanted.username = selector.substr(0, at);
  std::string_view host = selector.substr(at + 1);
  const auto colon = host.rfind(':');
  const bool bracketed = host.starts_with('[');
  const bool has_port = colon != std::string_view::npos &&
                        (bracketed ? host[colon - 1] == ']' : host.find(':') == colon);
  if (has_port) {
    wanted.port = client::whole_number(host.substr(colon + 1), 1, 65535);
    if (wanted.port < 0)
      return Error{Errc::usage,
                   fmt::format("\"{}\" has no valid port", printable(selector)),
                   {},
                   "write user@host:2222, with a port from 1 to 65535"};
    host = host.substr(0, colon);
  }
  if (bracketed && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  wanted.host = wanted.name = host;
  if (wanted.username.empty() || wanted.host.empty() || host.starts_with('-'))
    return Error{Errc::usage,
                 fmt::format("\"{}\" is no user@host", printable(selector)),
                 {},
                 "write it as user@machine.example.org"};
  for (const auto& instance : config.instances)
    if (instance.host == wanted.host && instance.username == wanted.username &&
        (wanted.port == 0 || instance.port == wanted.port ||
         (instance.port == 0 && wanted.port == 22)))
      return instance;
  wanted.remote_home = config.remote_home;
  wanted.index_url = config.index_url;
  return wanted;
}

Error not_found(const Config& config, std::string_view selector,
                const std::vector<std::string>& aliases) {
  std::vector<std::string> names = {"local"};
  for (const auto& instance : config.instances) names.push_back(instance.name);
  std::vector<std::string> candidates = names;
  candidates.insert(candidates.end(), aliases.begin(), aliases.end());
  const auto near = nearest(selector, candidates);
  return {Errc::not_found, fmt::format("there is no instance \"{}\"", printable(selector)),
          fmt::format("known are: {}", join(names, ", ")),
          near.empty() ? "re sshadd --instance user@host adds one"
                       : fmt::format("did you mean \"{}\"?", near)};
}

}  // namespace

std::vector<std::string> ssh_aliases() { return transport::ssh_config_aliases(); }

Result<InstanceConfig> find_instance(const Config& config, std::string_view selector) {
  if (selector.empty()) {
    if (!config.default_instance.empty())
      selector = config.default_instance;
    else if (!config.instances.empty())
      return config.instances.front();
    else
      return local_instance(config);
  }
  if (selector == auto_instance)
    return Error{Errc::usage,
                 "auto chooses a machine for a job, and this needs a certain one",
                 {},
                 "name the machine: --instance NAME"};
  // The original's sample says `instance = 0` before any instance is there.
  const bool untouched = selector == "0" && config.instances.empty();
  if (selector == "local" || (untouched && config.default_instance == "0"))
    return local_instance(config);
  if (auto found = by_number(config, selector)) return *found;
  if (auto found = by_name(config, selector)) return *found;
  if (selector.find('@') != std::string_view::npos) return by_address(config, selector);

  const auto aliases = transport::ssh_config_aliases();
  if (std::find(aliases.begin(), aliases.end(), selector) == aliases.end())
    return not_found(config, selector, aliases);
  InstanceConfig instance;
  instance.host = instance.name = selector;
  instance.remote_home = config.remote_home;
  instance.index_url = config.index_url;
  return instance;
}

}  // namespace libre
