// A TCP connection with a deadline that covers the name lookup too.
#pragma once
#include <string>

#include "base/fd.hpp"
#include "base/wait.hpp"

namespace libre::transport {

// Tries every address of the host in the resolver's order. Errc::dns where it has none;
// otherwise the last address's failure: refused, unreachable, timed_out. The lookup runs in a thread
// of its own, which outlives a deadline that passes but holds nothing of the caller's.
Result<Fd> dial_tcp(const std::string& host, int port, const Wait& wait);

}  // namespace libre::transport
