// What `re-agent start` and `re-agent connect` answer on their marked line.
#pragma once
#include "bootstrap/framing.hpp"
#include "rpc/messages.hpp"

namespace libre::bootstrap {

// "agent {facts}". The agent's own "error {…}" comes back as that error, told for `who`.
Result<rpc::AgentFacts> parse_agent_line(const MarkedLine& line, const std::string& who);

// "stream": the bytes after it belong to the stream. Errors as above.
Result<void> check_stream_line(const MarkedLine& line, const std::string& who);

}  // namespace libre::bootstrap
