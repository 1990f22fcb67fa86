// Everything that is needed to reach one machine by SSH, as one value: an InstanceConfig and
// ~/.ssh/config merged. What the instance says wins.
#pragma once
#include <chrono>
#include <filesystem>
#include <libre/config.hpp>
#include <libre/result.hpp>
#include <string>
#include <vector>

#include "base/paths.hpp"

namespace libre::transport {

enum class HostKeyPolicy {
  ask,         // an unknown key needs a person's yes
  strict,      // an unknown key is refused
  accept_new,  // an unknown key is added, a changed one refused
  off,         // unknown keys are added; changed ones only switch passwords off
};

struct SshTarget {
  std::string name{};  // as the person wrote it
  std::string host{};  // name or address to connect to
  int port = 22;
  std::string user{};
  std::string password{};  // the configuration's, may be empty; never logged
  std::vector<std::filesystem::path> identity_files{};
  bool explicit_identities = false;  // somebody named them; else they are OpenSSH's defaults
  bool identities_only = false;
  std::string identity_agent{};  // a socket; "" = there is no agent
  std::string proxy_command{};   // tokens not expanded
  std::vector<SshTarget> via{};  // none, or the one machine to go through (which may have its own)
  std::vector<std::filesystem::path> user_known_hosts{}, global_known_hosts{};
  HostKeyPolicy host_keys = HostKeyPolicy::ask;
  std::string host_key_alias{};             // looked up instead of the host, "" = none
  std::chrono::seconds connect_timeout{0};  // 0 = only the caller's deadline
  std::chrono::seconds alive_interval{15};  // 0 = never ask
  int alive_count = 3;

  std::string describe() const;  // "user@host", ":port" added where it is not 22
};

// Where the configuration is read from; the defaults are this process's own.
struct SshPlaces {
  Environment environment = process_environment();
  std::filesystem::path system_config = "/etc/ssh/ssh_config";
};

// Reads ~/.ssh/config and the system's. Errc::config for what cannot be understood, and for a chain
// of ProxyJump that never ends.
Result<SshTarget> resolve_ssh_target(const InstanceConfig& instance, const SshPlaces& places = {});

// The Host names of ~/.ssh/config, for completion and for find_instance.
std::vector<std::string> ssh_config_aliases(const SshPlaces& places = {});

// "%h" and the like in `text`; a token that is not in `values` stays. "%%" is "%".
std::string expand_percent(std::string_view text,
                           const std::vector<std::pair<char, std::string>>& values);

}  // namespace libre::transport
