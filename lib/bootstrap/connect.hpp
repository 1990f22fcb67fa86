// Reaches the agent of an instance: the one entrance to bootstrap.
//
//   LIBRE_TRY(auto bundle, find_bundle("linux-x86_64", process_environment()));
//   LIBRE_TRY(auto link, reach_agent(*transport, {.bundle = bundle, .known = stored}, wait));
//   store(link.facts);
//   auto connection = rpc::Connection::open(std::move(link.stream), wait);
//
// Optimistic: with facts from an earlier time it opens the agent's socket and does nothing else.
// Only where nobody answers does it run a command there, and only where no agent is found does it
// send one. Blocks; one thread per Transport.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <libre/observer.hpp>

#include "base/log.hpp"
#include "base/stream.hpp"
#include "bootstrap/bundle.hpp"
#include "bootstrap/facts.hpp"
#include "transport/transport.hpp"

namespace libre::bootstrap {

struct ReachOptions {
  std::string remote_root{};  // moves the agent and its state; "" = the user's cache directories
  Bundle bundle{};            // of the likeliest platform, or of known.platform
  // The one for a machine that turns out to be of another platform; unset, such a machine is refused.
  std::function<Result<Bundle>(const std::string& platform)> bundle_for{};
  Facts known{};                 // from an earlier time; empty = none
  Observer* observer = nullptr;  // borrowed, may be null
  Log log = Log::nowhere();
  // How long a login shell may take until its stdin is ended, which some need to begin.
  std::chrono::milliseconds patience = std::chrono::seconds(4);
};

struct AgentLink {
  std::unique_ptr<Stream> stream;  // to the agent; nothing sent or read yet
  Facts facts;                     // worth storing
  bool installed = false;          // the agent's file was put there by this call
};

// Errors: those of start_agent (install.hpp) and of the transport. Whatever fails, no half file is
// left in the agent's place and the next call may simply try again.
Result<AgentLink> reach_agent(transport::Transport& transport, const ReachOptions& options,
                              const Wait& wait);

// The same for this machine: no shell, no copy; the bundle itself is the agent's program.
Result<AgentLink> reach_local_agent(const ReachOptions& options, const Wait& wait);

}  // namespace libre::bootstrap
