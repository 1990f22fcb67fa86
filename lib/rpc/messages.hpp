// The first line of a request's header; the second line is the method's own arguments.
#pragma once
#include <cstdint>
#include <string>

#include "base/json.hpp"

namespace libre::rpc {

struct RequestLine {
  std::string method{};
  std::uint32_t after = 0;  // carry out only if this earlier call succeeded; 0 = whatever happened
  bool more = false;        // data frames follow, up to an end frame
};

// What `re-agent start` prints and the client remembers: how to reach the agent without asking.
struct AgentFacts {
  std::string socket{};   // the unix socket it listens on
  std::string program{};  // its own file
  std::string home{};     // the user's home directory
  std::int64_t uid = 0;
  std::string host{};  // the machine's name for itself
  std::int64_t pid = 0;
};

}  // namespace libre::rpc
