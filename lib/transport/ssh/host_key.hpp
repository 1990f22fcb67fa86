// Decides whether a server's key is the right one: known_hosts files, the policy, a person.
#pragma once
#include <vector>

#include "transport/ssh/known_hosts.hpp"
#include "transport/ssh/target.hpp"

namespace libre::transport {

struct Connecting;

// The name and port under which the target's key is looked up.
std::pair<std::string, int> host_key_identity(const SshTarget& target);

// All entries of the target's files, the user's first. Files that are not there are empty.
Result<std::vector<KnownHost>> read_known_hosts(const SshTarget& target);

// True where the key is trusted; false where the policy `off` goes on without trusting it. Adds a new
// key to the first user file. Errc::host_key says which fingerprints, which line, and what to do.
Result<bool> check_host_key(const SshTarget& target, const std::vector<KnownHost>& entries,
                            const HostKey& key, Connecting& connecting);

}  // namespace libre::transport
