#include "transport/ssh/host_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/text.hpp"
#include "transport/ssh/session.hpp"

namespace libre::transport {
namespace {

// "ssh-ed25519" -> "ED25519", as OpenSSH names keys to people.
std::string family(const std::string& type) {
  if (type.find("ed25519") != std::string::npos) return "ED25519";
  if (type.starts_with("ecdsa") || type.starts_with("sk-ecdsa")) return "ECDSA";
  if (type == "ssh-rsa") return "RSA";
  return type;
}

std::string lookup_name(const SshTarget& target) {
  const auto [name, port] = host_key_identity(target);
  return known_host_name(name, port);
}

Error changed_key(const SshTarget& target, const KeyVerdict& verdict, const HostKey& key) {
  const auto& entry = verdict.entry;
  return Error{Errc::host_key,
               fmt::format("the host key of {} has changed; not connecting", lookup_name(target)),
               fmt::format("the server shows {} key {}, but {}:{} has {}; somebody may be in "
                           "between, or the machine "
                           "was installed anew",
                           family(key.type), fingerprint(key), entry.file, entry.line,
                           fingerprint(entry.key)),
               fmt::format("if the new key is right: ssh-keygen -f {} -R {}",
                           shell_quote(entry.file), shell_quote(lookup_name(target)))};
}

Error unknown_key(const SshTarget& target, const HostKey& key, std::string cause) {
  return Error{
      Errc::host_key, fmt::format("the host key of {} is not known", lookup_name(target)),
      fmt::format("{}; the server shows {} key {}", cause, family(key.type), fingerprint(key)),
      fmt::format("compare the fingerprint, then connect once on a terminal: ssh {}{}@{}",
                  target.port == 22 ? "" : fmt::format("-p {} ", target.port), target.user,
                  target.name)};
}

std::string question(const SshTarget& target, const KeyVerdict& verdict, const HostKey& key) {
  std::string text = fmt::format(
      "The authenticity of host '{}' cannot be established.\n{} key fingerprint is {}.\n",
      lookup_name(target), family(key.type), fingerprint(key));
  for (const auto& other : verdict.others)
    text += fmt::format("Another key of it is known: {} in {}:{}.\n", family(other.key.type),
                        other.file, other.line);
  return text + "Continue connecting?";
}

// Appends one line with one write, so that two processes that add at the same time both succeed.
Result<void> remember(const SshTarget& target, const HostKey& key) {
  const auto& path = target.user_known_hosts.front();
  LIBRE_CHECK(make_directories(path.parent_path(), 0700));
  std::string line = fmt::format("{} {} {}\n", lookup_name(target), key.type, key.blob);
  if (const auto old = read_file(path); old && !old->empty() && old->back() != '\n')
    line = "\n" + line;
  const Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return system_error("cannot open " + path.string(), errno);
  return write_all(fd.get(), line);
}

void add_key(const SshTarget& target, const HostKey& key, Connecting& connecting) {
  if (target.user_known_hosts.empty()) return;
  const auto& file = target.user_known_hosts.front();
  auto added = remember(target, key);
  // Not being able to note the key does not make the connection less safe.
  if (added)
    connecting.notice(fmt::format("added the {} key of {} to {}", family(key.type),
                                  lookup_name(target), file.string()));
  else
    connecting.notice("the host key was not noted: " + added.error().describe());
}

Result<bool> accept_unknown(const SshTarget& target, const KeyVerdict& verdict, const HostKey& key,
                            Connecting& connecting) {
  if (target.host_keys == HostKeyPolicy::strict)
    return unknown_key(target, key, "StrictHostKeyChecking is on");
  if (target.host_keys == HostKeyPolicy::ask) {
    if (!connecting.hooks.prompter) return unknown_key(target, key, "there is nobody to ask");
    auto yes =
        connecting.ask([&](Prompter& p) { return p.confirm(question(target, verdict, key)); });
    if (!yes && yes.error().code == Errc::interrupted) return std::move(yes).error();
    if (!yes) return unknown_key(target, key, "nobody could be asked");
    if (!*yes) return unknown_key(target, key, "you did not accept it");
  }
  add_key(target, key, connecting);
  return true;
}

}  // namespace

std::pair<std::string, int> host_key_identity(const SshTarget& target) {
  if (!target.host_key_alias.empty()) return {target.host_key_alias, 22};
  return {target.host, target.port};
}

Result<std::vector<KnownHost>> read_known_hosts(const SshTarget& target) {
  std::vector<KnownHost> entries;
  for (const auto* files : {&target.user_known_hosts, &target.global_known_hosts})
    for (const auto& path : *files) {
      const auto text = read_file(path);
      if (!text && text.error().code == Errc::not_found) continue;
      if (!text) return Error(text.error()).wrapped("cannot check host keys");
      for (auto& entry : parse_known_hosts(*text, path.string()))
        entries.push_back(std::move(entry));
    }
  return entries;
}

Result<bool> check_host_key(const SshTarget& target, const std::vector<KnownHost>& entries,
                            const HostKey& key, Connecting& connecting) {
  const auto [name, port] = host_key_identity(target);
  const auto verdict = judge_host_key(entries, name, port, key);
  switch (verdict.state) {
    case KeyState::known:
      return true;
    case KeyState::unknown:
      return accept_unknown(target, verdict, key, connecting);
    case KeyState::revoked:
      return Error{
          Errc::host_key,
          fmt::format("the host key of {} is revoked; not connecting", lookup_name(target)),
          fmt::format("{}:{} revokes {}", verdict.entry.file, verdict.entry.line, fingerprint(key)),
          "ask the machine's administrator for its new key"};
    case KeyState::changed:
      break;
  }
  const Error changed = changed_key(target, verdict, key);
  if (target.host_keys != HostKeyPolicy::off) return changed;
  connecting.notice(changed.message + " safely: " + changed.cause +
                    "; StrictHostKeyChecking is off, so only keys are tried");
  return false;
}

}  // namespace libre::transport
