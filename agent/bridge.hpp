// Bytes between this process's stdin/stdout and a stream, for servers that forbid socket forwarding.
#pragma once
#include "base/stream.hpp"

namespace libre::agent {

// Runs until either side has ended and what was under way is delivered.
Result<void> bridge_stdio(FdStream& stream);

}  // namespace libre::agent
