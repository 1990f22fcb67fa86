// A byte stream to the agent through a command's stdin and stdout, for servers that forbid forwards
// to sockets.
#pragma once
#include "bootstrap/script.hpp"
#include "transport/transport.hpp"

namespace libre::bootstrap {

// `entry`: what start_agent found out. `agent`: its file there; it starts the agent where none
// runs. Errc::unsupported where the login shell leaves no stdin to use, Errc::disconnected where
// the command ended before the stream began (no such file, say), else the agent's own error.
Result<std::unique_ptr<Stream>> open_bridge(transport::Transport& transport,
                                            const ScriptTerms& terms, const std::string& agent,
                                            const std::string& entry, const Wait& wait);

}  // namespace libre::bootstrap
