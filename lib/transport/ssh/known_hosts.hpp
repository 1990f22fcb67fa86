// known_hosts files as values, and what they say about one key. Pure: files are read elsewhere.
#pragma once
#include <libre/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace libre::transport {

struct HostKey {
  std::string type{};  // "ssh-ed25519"
  std::string blob{};  // base64, as it stands in the files
  bool operator==(const HostKey&) const = default;
};

struct KnownHost {
  std::string file{};
  int line = 0;
  std::string marker{};  // "@revoked", "@cert-authority" or ""
  std::string hosts{};   // names and patterns with commas, or one hashed name
  HostKey key{};
};

// Lines that are no entries are left out, as OpenSSH does.
std::vector<KnownHost> parse_known_hosts(std::string_view text, const std::string& file);

// Does the hosts field name this machine? `name` is what known_host_name() makes. Understands
// hashed names, '*' and '?', and '!' for exceptions.
bool names_host(const std::string& hosts, const std::string& name);

// "host" or "[host]:port" where the port is not 22, in lower case.
std::string known_host_name(std::string_view host, int port);

enum class KeyState {
  known,
  unknown,  // nothing about this machine, or only keys of other types
  changed,  // another key of this type is known
  revoked,
};

struct KeyVerdict {
  KeyState state = KeyState::unknown;
  KnownHost entry{};                // what decided, for known, changed and revoked
  std::vector<KnownHost> others{};  // for unknown: keys of other types that are known
};

// A key that is known for the host without its port counts, one that differs there does not.
KeyVerdict judge_host_key(const std::vector<KnownHost>& entries, const std::string& host, int port,
                          const HostKey& key);

// Types of the keys that are known for the host, to be asked for first: a server with several keys
// then shows the one that we can check.
std::vector<std::string> known_key_types(const std::vector<KnownHost>& entries,
                                         const std::string& host, int port);

// "SHA256:…" as OpenSSH prints it; "" where the key cannot be decoded.
std::string fingerprint(const HostKey& key);

}  // namespace libre::transport
