// What is remembered of a machine from one time to the next, and what its agent says of itself.
#pragma once
#include <cstdint>
#include <string>

#include "base/json.hpp"

namespace libre::bootstrap {

// A small value that the caller stores (as JSON) and hands back: it saves all round trips but one.
// Losing it, or an outdated one, costs time, never correctness.
struct Facts {
  std::string socket{};    // of the agent; "" = nothing is known
  std::string agent{};     // the agent's file there
  std::string identity{};  // of the bundle that was put there; another one here = look again
  std::string root{};      // the remote_root that this holds for
  std::string home{};
  std::int64_t uid = -1;
  std::string host{};  // the machine's own name for itself
  std::string platform{};
  std::string entry{};   // script.hpp: how commands get past this account's login shell
  bool bridged = false;  // the server forbids forwards to sockets: use `re-agent connect`
};

}  // namespace libre::bootstrap
