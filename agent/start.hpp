// Finds the running agent of this user and machine, or starts one.
#pragma once
#include <memory>
#include <string>

#include "base/stream.hpp"
#include "rpc/messages.hpp"

namespace libre::agent {

struct StartOptions {
  std::string root{};
  int idle_seconds = 60;
};

struct Started {
  rpc::AgentFacts facts;
  std::unique_ptr<FdStream> stream;  // connected, nothing sent or read yet
};

// Safe to call from many processes at once: one agent results. An agent that speaks another
// protocol is told to leave first; its jobs go on and are adopted by the new one.
Result<Started> start(const StartOptions& options);

}  // namespace libre::agent
