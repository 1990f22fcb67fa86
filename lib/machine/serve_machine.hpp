// Answers what RemoteMachine asks.
#pragma once
#include "machine/machine.hpp"
#include "rpc/server.hpp"

namespace libre::machine {

// `machine` must live as long as the service, and stand calls from several threads.
void serve_machine(rpc::Service& service, Machine& machine);

}  // namespace libre::machine
