#include <fmt/format.h>

#include <cmath>

#include <libre/text.hpp>
#include <libre/version.hpp>

#include "client/doctor/judge.hpp"

namespace libre::client {
namespace {

// A person notices a second; a login over a good line takes less (docs/protocol.md: seven round trips).
constexpr double slow_step = 2;
// Syncs compare times to the nanosecond only with what the same machine said; but make, and people who
// compare logs, are confused by more than this.
constexpr double much_skew = 5;
constexpr std::uint64_t little_disk_there = 2u << 30;  // an environment with PyTorch takes more
constexpr std::uint64_t no_disk = 100u << 20;
constexpr double few_inodes = 0.02;
// Two spare streams to the agent, one in use, a shell, and one more.
constexpr int few_sessions = 5;

using Findings = std::vector<Finding>;

std::string told(const Error& error) {
  return error.cause.empty() ? error.message : error.message + ": " + error.cause;
}

// Which step of the login was slow decides what helps.
Finding judge_login(const ThereFacts& facts) {
  const auto& times = facts.times;
  const auto text =
      fmt::format("reached in {:.2f}s: connecting {:.2f}, keys {:.2f}, login {:.2f}",
                  times.connect + times.keys + times.login, times.connect, times.keys, times.login);
  if (times.connect > slow_step)
    return {"login", Health::warn, text,
            facts.jumps ? "the machines on the way (proxy_jump) are slow; is there a shorter one?"
                        : "the name or the line is slow; try its address instead of its name"};
  if (times.keys > slow_step)
    return {"login", Health::warn, text, "the server is slow to begin: is the machine overloaded?"};
  if (times.login > slow_step)
    return {"login", Health::warn, text,
            "the server takes long to judge a login: UseDNS, PAM, or a home directory over NFS"};
  return {"login", Health::ok, text};
}

void judge_server(Findings& findings, const ThereFacts& facts) {
  const auto& server = facts.machine.server;
  const auto warn = [&](std::string text, std::string fix) {
    findings.push_back({"sshd", Health::warn, std::move(text), std::move(fix)});
  };
  const auto before = findings.size();
  if (facts.bridged)
    warn("the server forbids forwards to sockets: every command starts a login shell",
         "ask for AllowStreamLocalForwarding yes in sshd_config");
  if (server.readable && !server.tcp_forwarding)
    warn("the server forbids TCP forwards: notebooks and ports cannot be brought here",
         "ask for AllowTcpForwarding local in sshd_config");
  if (server.readable && server.max_sessions < few_sessions)
    warn(fmt::format("MaxSessions is {}: few commands can share a connection", server.max_sessions),
         "ask for MaxSessions 10, which is OpenSSH's default");
  if (server.readable && server.use_dns)
    warn("UseDNS is on: each login waits for the name of your address", "ask for UseDNS no");
  if (findings.size() == before)
    findings.push_back({"sshd", Health::ok,
                        server.readable ? "nothing in its settings slows us down"
                                        : "forwards work; its settings cannot be read"});
}

void judge_home(Findings& findings, const machine::MachineFacts& machine) {
  if (machine.home_writable)
    findings.push_back({"home", Health::ok, machine.home + " can be written to"});
  else
    findings.push_back(
        {"home", Health::fail,
         fmt::format("{} cannot be written to: {}", machine.home, machine.home_problem),
         "set remote_root and remote_home to a directory that can"});
  const auto free =
      fmt::format("{} of {} free", human_bytes(machine.disk_free), human_bytes(machine.disk_total));
  const bool inodes =
      machine.inodes_total > 0 && static_cast<double>(machine.inodes_free) <
                                      few_inodes * static_cast<double>(machine.inodes_total);
  const auto health = machine.disk_total == 0                 ? Health::ok
                      : machine.disk_free < no_disk           ? Health::fail
                      : machine.disk_free < little_disk_there ? Health::warn
                      : inodes                                ? Health::warn
                                                              : Health::ok;
  if (machine.disk_total == 0)
    findings.push_back({"disk", health, "how much is free cannot be found out"});
  else if (health == Health::ok)
    findings.push_back({"disk", health, free});
  else
    findings.push_back({"disk", health, inodes ? free + ", but few files can still be made" : free,
                        "remove what is not needed there, or set remote_home to another disk"});
}

void judge_clock(Findings& findings, const ThereFacts& facts) {
  const double skew = std::abs(facts.clock_ahead);
  const auto text = skew < 1 ? std::string("within a second of ours")
                             : fmt::format("{} {} ours", human_seconds(skew),
                                           facts.clock_ahead > 0 ? "ahead of" : "behind");
  if (skew > much_skew)
    findings.push_back({"clock", Health::warn, text,
                        "times in logs and of files will confuse; ask for NTP there"});
  else
    findings.push_back({"clock", Health::ok, text});
}

void judge_python(Findings& findings, const machine::MachineFacts& machine) {
  if (machine.python.path.empty()) {
    findings.push_back({"python", Health::warn, "there is no python3 on the PATH of jobs",
                        "install one there: conda and uv need no root"});
  } else {
    const auto text = fmt::format(
        "{} ({})", machine.python.version.empty() ? "does not start" : machine.python.version,
        machine.python.path);
    if (machine.python.version.empty())
      findings.push_back({"python", Health::fail, text, "run it there: re ssh"});
    else if (machine.uv.path.empty() && !machine.has_venv)
      findings.push_back({"python", Health::warn, text + ", without venv",
                          "install uv there, or ask for the package python3-venv"});
    else if (machine.uv.path.empty() && !machine.has_pip)
      findings.push_back({"python", Health::ok, text + ", with venv, without pip of its own"});
    else
      findings.push_back({"python", Health::ok, text});
  }
  findings.push_back({"uv", Health::ok,
                      machine.uv.path.empty() ? "there is none; pip is used"
                                              : machine.uv.version + " (" + machine.uv.path + ")"});
}

void judge_gpu(Findings& findings, const machine::MachineFacts& machine) {
  const bool tool = !machine.nvidia_smi.path.empty();
  const bool driver = !machine.gpu_driver.empty();
  if (tool && machine.nvidia_smi.version.empty())
    findings.push_back({"gpu", Health::warn,
                        driver ? "nvidia-smi fails; driver and library may be of two versions"
                               : "nvidia-smi is there, but no driver is loaded",
                        "the machine needs a restart, or its driver anew: ask its owner"});
  else if (driver || tool)
    findings.push_back(
        {"gpu", Health::ok,
         "NVIDIA driver " + (tool ? machine.nvidia_smi.version : machine.gpu_driver)});
  else
    findings.push_back({"gpu", Health::ok, "no NVIDIA driver"});
}

void judge_machine(Findings& findings, const ThereFacts& facts) {
  const auto& machine = facts.machine;
  findings.push_back({"system", Health::ok, machine.system});
  if (!facts.local) judge_server(findings, facts);
  judge_home(findings, machine);
  if (!facts.local) judge_clock(findings, facts);
  if (machine.profile_seconds > slow_step)
    findings.push_back({"shell", Health::warn,
                        fmt::format("{} takes {:.1f}s to start; every job waits for it",
                                    machine.shell, machine.profile_seconds),
                        "look at its start files: conda and nvm are often slow"});
  else
    findings.push_back(
        {"shell", Health::ok,
         fmt::format("{} starts in {:.2f}s", machine.shell, machine.profile_seconds)});
  judge_python(findings, machine);
  judge_gpu(findings, machine);
}

}  // namespace

std::vector<Finding> judge(const ThereFacts& facts) {
  Findings findings;
  if (facts.login_error) {
    findings.push_back({"login", Health::fail, told(*facts.login_error), facts.login_error->hint});
    return findings;
  }
  if (!facts.local) findings.push_back(judge_login(facts));
  if (facts.agent_error) {
    findings.push_back({"agent", Health::fail, told(*facts.agent_error), facts.agent_error->hint});
    return findings;
  }
  const auto agent = fmt::format("{} answers {:.2f}s after the login, then in {:.0f} ms{}",
                                 facts.agent_version, facts.agent_seconds, facts.round_trip * 1000,
                                 facts.agent_installed ? "; it was put there just now" : "");
  if (facts.agent_version == version)
    findings.push_back({"agent", Health::ok, agent});
  else
    findings.push_back({"agent", Health::warn, fmt::format("{}; we are {}", agent, version),
                        "it is replaced when its jobs have ended"});
  if (facts.look_error)
    findings.push_back({"system", Health::fail, told(*facts.look_error), facts.look_error->hint});
  else
    judge_machine(findings, facts);
  return findings;
}

}  // namespace libre::client
