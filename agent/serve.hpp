// The agent's daemon.
#pragma once
#include <chrono>
#include <csignal>
#include <string>

#include <libre/result.hpp>

#include "places.hpp"
#include "rpc/messages.hpp"

namespace libre::agent {

// Makes a running agent look whether its socket is still there: cleaners of /tmp remove old files.
inline constexpr int look_signal = SIGUSR1;

struct ServeOptions {
  std::string root{};
  std::chrono::seconds idle_limit{60};
  int ready_fd =
      -1;  // gets "ready\n" once the socket listens, or the error as JSON; then it is closed
};

// Serves until idle or told to leave. Errc::exists where another agent serves this state root.
Result<void> serve(const ServeOptions& options);

rpc::AgentFacts facts_of(const Places& places, std::int64_t pid);

}  // namespace libre::agent
