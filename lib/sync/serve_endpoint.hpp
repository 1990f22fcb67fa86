// Answers for a LocalEndpoint: the agent's side of a sync.
#pragma once
#include <memory>

#include "rpc/server.hpp"
#include "sync/mirror.hpp"
#include "sync/mirror_locks.hpp"

namespace libre::sync {

// Adds the methods "sync.*" to a service. Each connection gets an endpoint of its own, which ends with
// it; `locks`, and what was read of mirrors' memories, is shared by all of them.
void serve_endpoint(rpc::Service& service, MirrorPlaces places, std::shared_ptr<MirrorLocks> locks);

}  // namespace libre::sync
