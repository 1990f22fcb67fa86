// A byte stream to the agent through a command's stdin and stdout, for servers that forbid forwards
// to sockets.
#pragma once
#include "bootstrap/script.hpp"
#include "transport/transport.hpp"

namespace libre::bootstrap {

// The same for whoever runs commands itself: a command line, and what its output begins the line with behind
// which the stream begins ("<marker> stream"). Only for accounts whose shell leaves stdin alone (entry_login).
struct BridgeCommand {
  std::string line, marker;
};
BridgeCommand bridge_command(const ScriptTerms& terms, const std::string& agent);

// `entry`: what start_agent found out. `agent`: its file there; it starts the agent where none
// runs. Errc::unsupported where the login shell leaves no stdin to use, Errc::disconnected where
// the command ended before the stream began (no such file, say), else the agent's own error.
Result<std::unique_ptr<Stream>> open_bridge(transport::Transport& transport,
                                            const ScriptTerms& terms, const std::string& agent,
                                            const std::string& entry, const Wait& wait);

}  // namespace libre::bootstrap
