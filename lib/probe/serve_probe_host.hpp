// Answers "probe.figures" with a ProbeHost. docs/protocol.md describes it.
#pragma once
#include "probe/probe_host.hpp"
#include "rpc/server.hpp"

namespace libre::probe {

// Adds the method to `service`. `host` is borrowed, and called from all threads that serve.
void serve_probe_host(rpc::Service& service, ProbeHost& host);

}  // namespace libre::probe
