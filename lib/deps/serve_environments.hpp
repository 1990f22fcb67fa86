// Answers "environments.*" requests: the other end of RemoteEnvironments.
#pragma once
#include "deps/environments.hpp"
#include "rpc/server.hpp"

namespace libre::deps {

// Adds the methods to `service`. `environments` is borrowed, and called from all threads that serve.
void serve_environments(rpc::Service& service, Environments& environments);

}  // namespace libre::deps
