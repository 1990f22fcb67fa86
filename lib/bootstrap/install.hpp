// Starts the agent on an instance, and puts it there first where it is missing.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include <libre/observer.hpp>

#include "base/log.hpp"
#include "bootstrap/bundle.hpp"
#include "bootstrap/script.hpp"
#include "rpc/messages.hpp"
#include "transport/transport.hpp"

namespace libre::bootstrap {

// The agent for another kind of machine.
using BundleFor = std::function<Result<Bundle>(const std::string& platform)>;

struct InstallOptions {
  Bundle bundle{};       // what is tried first; `terms` are about it
  BundleFor bundle_for;  // asked where the machine turns out to be of another platform
  ScriptTerms terms{};
  Observer* observer = nullptr;  // borrowed, may be null
  Log log = Log::nowhere();
  std::chrono::milliseconds patience{};  // ScriptRun::patience
};

struct StartedAgent {
  rpc::AgentFacts facts;
  std::string path;   // of the agent's file there
  Bundle bundle;      // the one that fits
  std::string entry;  // entry_login, entry_stdin, or entry_no_input
  bool installed = false;
};

// The login shell reads all of stdin before it runs anything; nothing can be sent to a command.
inline constexpr const char* entry_no_input = "no-input";

// An agent file appears there whole or not at all; several clients may do this at the same time.
// Errc::unsupported: no agent for that platform. Errc::disk_full, Errc::denied: no directory can
// take it, the cause says why for each. Errc::protocol: the account does not run our command.
// Otherwise what the agent itself answered.
Result<StartedAgent> start_agent(transport::Transport& transport, const InstallOptions& options,
                                 const Wait& wait);

// The error that collects why no directory was good enough.
Error no_directory(const std::string& who, const std::vector<std::string>& reasons);

}  // namespace libre::bootstrap
