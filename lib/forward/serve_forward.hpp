// Answers "forward.*" requests; docs/protocol.md lists them.
#pragma once
#include <filesystem>

#include "forward/relay.hpp"
#include "rpc/server.hpp"

namespace libre::forward {

// Adds the methods to `service`. `relay` is borrowed, and used from all threads that serve. Tokens of apps
// live below `state`.
void serve_forward(rpc::Service& service, Relay& relay, const std::filesystem::path& state);

}  // namespace libre::forward
