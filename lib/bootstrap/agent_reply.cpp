#include "bootstrap/agent_reply.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace libre::bootstrap {
namespace {

Error failure_of(const MarkedLine& line, const std::string& who) {
  if (line.verb != "error")
    return Error{Errc::protocol, "the agent on " + who + " said something unexpected",
                 printable(line.verb)};
  Error error = error_from_json(line.text);
  error.message = printable(error.message);
  error.cause = printable(error.cause);
  error.hint = printable(error.hint);
  return std::move(error).wrapped("the agent does not start on " + who);
}

}  // namespace

Result<rpc::AgentFacts> parse_agent_line(const MarkedLine& line, const std::string& who) {
  if (line.verb != "agent") return failure_of(line, who);
  return from_json<rpc::AgentFacts>(line.text);
}

Result<void> check_stream_line(const MarkedLine& line, const std::string& who) {
  if (line.verb != "stream") return failure_of(line, who);
  return {};
}

}  // namespace libre::bootstrap
