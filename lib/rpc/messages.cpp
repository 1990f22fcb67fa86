#include "rpc/messages.hpp"

#include "base/json_described.hpp"

namespace libre::rpc {
BOOST_DESCRIBE_STRUCT(RequestLine, (), (method, after, more))
BOOST_DESCRIBE_STRUCT(AgentFacts, (), (socket, program, home, uid, host, pid))
}  // namespace libre::rpc

LIBRE_JSON(libre::rpc::RequestLine)
LIBRE_JSON(libre::rpc::AgentFacts)
