#include <fmt/format.h>

#include <libre/text.hpp>

#include "base/text.hpp"
#include "client/doctor/judge.hpp"

namespace libre {

const char* name_of(Health health) {
  constexpr const char* names[] = {"ok", "warn", "fail"};
  return names[static_cast<std::size_t>(health)];
}

namespace client {
namespace {

// The state directory holds small files only, but a full disk breaks every atomic write.
constexpr std::uint64_t little_disk_here = 100u << 20;

Finding of_error(const char* about, Health health, const Error& error) {
  return {about, health, error.cause.empty() ? error.message : error.message + ": " + error.cause,
          error.hint};
}

Finding judge_config(const HereFacts& facts) {
  constexpr auto about = "configuration";
  if (facts.config_error) return of_error(about, Health::fail, *facts.config_error);
  if (!facts.config_exists)
    return {about, Health::ok, "there is none; Hosts of ~/.ssh/config and user@host work without",
            "re sshadd user@host"};
  const auto text = fmt::format("{}, {} instance{}", facts.config_file, facts.instances,
                                facts.instances == 1 ? "" : "s");
  if (!facts.config_warnings.empty())
    return {about, Health::warn, join(facts.config_warnings, "; "), "re conf edit"};
  if (facts.config_readable_by_others)
    return {about, Health::warn, text + "; others can read it",
            "chmod 600 " + shell_quote(facts.config_file)};
  return {about, Health::ok, text};
}

Finding judge_keys(const HereFacts& facts) {
  constexpr auto about = "keys";
  for (const auto& key : facts.keys)
    if (key.others_can_read)
      return {about, Health::warn, key.file + " is not used: others can read it",
              "chmod 600 " + shell_quote(key.file)};
  if (facts.agent_named && !facts.agent_answers)
    return {about, Health::warn, "SSH_AUTH_SOCK names an agent that does not answer",
            "start it again, or: unset SSH_AUTH_SOCK"};
  if (facts.keys.empty() && !facts.agent_named)
    return {about, Health::warn, "there is no key and no ssh-agent: every login needs a password",
            "re sshadd --make-key user@host"};
  std::vector<std::string> have;
  for (const auto& key : facts.keys) have.push_back(key.file);
  if (facts.agent_named) have.emplace_back("an ssh-agent");
  return {about, Health::ok, join(have, ", ")};
}

}  // namespace

std::vector<Finding> judge(const HereFacts& facts) {
  std::vector<Finding> findings = {judge_config(facts), judge_keys(facts)};
  if (facts.has_keygen)
    findings.push_back({"openssh", Health::ok, "ssh-keygen is there"});
  else
    findings.push_back({"openssh", Health::warn, "ssh-keygen is missing: no key can be made here",
                        "install OpenSSH's client (on Debian: apt install openssh-client)"});
  if (facts.runtime_problem.empty())
    findings.push_back({"runtime", Health::ok, facts.runtime_directory});
  else
    findings.push_back({"runtime", Health::warn,
                        fmt::format("connections cannot be shared: {} {}", facts.runtime_directory,
                                    facts.runtime_problem),
                        "remove it, or set XDG_RUNTIME_DIR to a directory of yours of mode 0700"});
  if (facts.master_error)
    findings.push_back(of_error("master", Health::warn, *facts.master_error));
  else
    findings.push_back({"master", Health::ok, "connections are shared by libre-master"});
  if (facts.bundle_error)
    findings.push_back(of_error("agent", Health::fail, *facts.bundle_error));
  else
    findings.push_back({"agent", Health::ok, "there is one for " + join(facts.platforms, ", ")});
  if (facts.git.empty())
    findings.push_back({"git", Health::ok, "there is no git; projects work without it"});
  else
    findings.push_back({"git", Health::ok, facts.git});
  const auto free = human_bytes(facts.disk_free) + " free in " + facts.home;
  if (facts.disk_free < little_disk_here)
    findings.push_back({"disk", Health::fail, "only " + free, "free some space"});
  else
    findings.push_back({"disk", Health::ok, free});
  return findings;
}

}  // namespace client
}  // namespace libre
