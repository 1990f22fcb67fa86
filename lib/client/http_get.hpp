// The smallest question of HTTP: does a server on this machine answer?
#pragma once
#include <string>

#include "base/wait.hpp"

namespace libre::client {

// The status of `GET path` at a loopback port. Errors: refused, disconnected, timed_out, protocol.
Result<int> http_status(int port, const std::string& path, const Wait& wait);

}  // namespace libre::client
