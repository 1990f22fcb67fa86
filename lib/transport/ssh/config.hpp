// ~/.ssh/config as values: what OpenSSH's client would use for one host, of what we use.
//
// Pure, but for the `include` function that the caller gives. The first value found wins, except for
// IdentityFile, which collects. Keywords that we do not use are ignored. Match understands all,
// host, originalhost, user and localuser; a block with another criterion is skipped.
#pragma once
#include <filesystem>
#include <functional>
#include <libre/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace libre::transport {

// What stands in the files, tokens (%h) and ~ not expanded.
struct SshSettings {
  std::optional<std::string> host_name, user, identity_agent, proxy_jump, proxy_command;
  std::optional<std::string> strict_host_key_checking, host_key_alias;
  std::optional<int> port, connect_timeout, server_alive_interval, server_alive_count_max;
  std::optional<bool> identities_only;
  std::vector<std::string> identity_files{};
  std::optional<std::vector<std::string>> user_known_hosts, global_known_hosts;
};

// One file with its name for messages.
struct SshConfigText {
  std::string origin;
  std::string text;
};

// All files that an Include pattern names, in order; the caller knows what it is relative to.
using IncludeFiles = std::function<std::vector<SshConfigText>(const std::string& pattern)>;

struct SshConfigQuery {
  std::string host;    // as the person wrote it
  std::string user{};  // where the person named one, else ""
  std::string local_user{};
};

// Adds what `file` says about the queried host to `settings`, which may hold earlier files' values.
// Errc::config names file and line of a value that OpenSSH would not accept either.
Result<void> apply_ssh_config(const SshConfigText& file, const SshConfigQuery& query,
                              const IncludeFiles& include, SshSettings& settings);

// The names after Host that are no patterns, in order, without repeats: what a person may call a
// machine by. Files that cannot be parsed give what could be read.
std::vector<std::string> ssh_host_aliases(const SshConfigText& file, const IncludeFiles& include);

enum class LetterCase { counts, ignored };

// OpenSSH's pattern-list match: '*' and '?', '!' negates, a negated match wins.
bool match_pattern_list(std::string_view name, const std::vector<std::string>& patterns,
                        LetterCase letter_case);

}  // namespace libre::transport
