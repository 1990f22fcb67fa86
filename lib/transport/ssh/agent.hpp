// The ssh-agent, with an eye on which of its keys are shown to a server.
//
// A server allows few attempts, and IdentitiesOnly forbids keys that nobody named. libssh offers
// whatever its agent has; so it is given a socket behind which a thread of ours passes requests
// on, and takes keys out of the answer or puts the wanted ones first.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/stream.hpp"

namespace libre::transport {

struct AgentKeys {
  std::vector<std::string> wanted{};  // raw public keys, the most wanted first
  bool only_wanted = false;
};

// Changes an SSH_AGENT_IDENTITIES_ANSWER (without its length); any other message stays as it is.
std::string choose_agent_keys(std::string_view message, const AgentKeys& keys);

class AgentDoor {
 public:
  virtual ~AgentDoor() = default;  // ends the thread
  virtual int take_socket() = 0;   // a blocking socket for libssh, which closes it
};

// Connects to the agent at `path`. What it answers after `wait` ends is not passed on, so nothing
// hangs on an agent that does not answer. Errors as connect_unix.
Result<std::unique_ptr<AgentDoor>> open_agent(const std::string& path, AgentKeys keys,
                                              const Wait& wait);

}  // namespace libre::transport
