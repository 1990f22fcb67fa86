#include "transport/ssh/known_hosts.hpp"

#include <libssh/libssh.h>

#include <algorithm>

#include "base/text.hpp"
#include "transport/ssh/config.hpp"

namespace libre::transport {
namespace {

std::string take_field(std::string_view& line) {
  line = trim(line);
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  std::string field(line.substr(0, end));
  line.remove_prefix(end);
  return field;
}

// "|1|salt|hash" is HMAC-SHA1 of the name. libssh matches it, given a whole line; which key stands
// in that line is all the same, so it is always this one.
bool hashed_matches(const std::string& hashed, const std::string& name) {
  const std::string line =
      hashed + " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  ssh_knownhosts_entry* entry = nullptr;
  const bool matches = ssh_known_hosts_parse_line(name.c_str(), line.c_str(), &entry) == SSH_OK;
  if (entry) ssh_knownhosts_entry_free(entry);
  return matches;
}

// Both names that OpenSSH looks up: with the port, and then without it.
std::vector<std::string> lookup_names(const std::string& host, int port) {
  std::vector<std::string> names{known_host_name(host, port)};
  if (port != 22) names.push_back(known_host_name(host, 22));
  return names;
}

}  // namespace

std::vector<KnownHost> parse_known_hosts(std::string_view text, const std::string& file) {
  std::vector<KnownHost> entries;
  int number = 0;
  for (const auto& content : split_lines(text)) {
    ++number;
    std::string_view line = trim(content);
    if (line.empty() || line.front() == '#') continue;
    KnownHost entry;
    entry.file = file;
    entry.line = number;
    if (line.front() == '@') entry.marker = take_field(line);
    entry.hosts = take_field(line);
    entry.key.type = take_field(line);
    entry.key.blob = take_field(line);
    if (!entry.key.blob.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

bool names_host(const std::string& hosts, const std::string& name) {
  if (hosts.starts_with('|')) return hashed_matches(hosts, name);
  return match_pattern_list(name, split(hosts, ','), LetterCase::ignored);
}

std::string known_host_name(std::string_view host, int port) {
  const std::string lower = to_lower(host);
  return port == 22 ? lower : "[" + lower + "]:" + std::to_string(port);
}

KeyVerdict judge_host_key(const std::vector<KnownHost>& entries, const std::string& host, int port,
                          const HostKey& key) {
  const auto names = lookup_names(host, port);
  const auto concerns = [&](const KnownHost& entry, const std::string& name) {
    return entry.marker != "@cert-authority" && names_host(entry.hosts, name);
  };
  KeyVerdict verdict;
  for (const auto& entry : entries)
    if (entry.marker == "@revoked" && entry.key == key &&
        (concerns(entry, names[0]) || concerns(entry, names.back())))
      return {KeyState::revoked, entry, {}};
  for (const auto& name : names)
    for (const auto& entry : entries) {
      if (!entry.marker.empty() || !concerns(entry, name)) continue;
      if (entry.key == key) return {KeyState::known, entry, {}};
      if (name != names[0]) continue;
      if (entry.key.type != key.type)
        verdict.others.push_back(entry);
      else if (verdict.state == KeyState::unknown) {
        verdict.state = KeyState::changed;
        verdict.entry = entry;
      }
    }
  return verdict;
}

std::vector<std::string> known_key_types(const std::vector<KnownHost>& entries,
                                         const std::string& host, int port) {
  std::vector<std::string> types;
  for (const auto& name : lookup_names(host, port))
    for (const auto& entry : entries)
      if (entry.marker.empty() && std::ranges::find(types, entry.key.type) == types.end() &&
          names_host(entry.hosts, name))
        types.push_back(entry.key.type);
  return types;
}

std::string fingerprint(const HostKey& key) {
  ssh_key parsed = nullptr;
  const auto type = ssh_key_type_from_name(key.type.c_str());
  if (ssh_pki_import_pubkey_base64(key.blob.c_str(), type, &parsed) != SSH_OK) return {};
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  std::string result;
  if (ssh_get_publickey_hash(parsed, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) == 0) {
    if (char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size)) {
      result = text;
      ssh_string_free_char(text);
    }
    ssh_clean_pubkey_hash(&hash);
  }
  ssh_key_free(parsed);
  return result;
}

}  // namespace libre::transport
