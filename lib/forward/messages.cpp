#include "forward/messages.hpp"

#include "base/json_described.hpp"

namespace libre::forward {
BOOST_DESCRIBE_STRUCT(StreamRequest, (), (host, port, connection))
BOOST_DESCRIBE_STRUCT(Answer, (), (error))
BOOST_DESCRIBE_STRUCT(WantedPort, (), (bind, port, exact))
BOOST_DESCRIBE_STRUCT(HoldRequest, (), (key, ports))
BOOST_DESCRIBE_STRUCT(HoldEvent, (), (ports, index, connection))
BOOST_DESCRIBE_STRUCT(AppRequest, (), (name))
BOOST_DESCRIBE_STRUCT(AppPlace, (), (port, token, token_file))
BOOST_DESCRIBE_STRUCT(ListenerRequest, (), (port))
BOOST_DESCRIBE_STRUCT(ListenerInfo, (), (listens, ours))
BOOST_DESCRIBE_STRUCT(Nothing, (), ())
}  // namespace libre::forward

LIBRE_JSON(libre::forward::StreamRequest)
LIBRE_JSON(libre::forward::Answer)
LIBRE_JSON(libre::forward::HoldRequest)
LIBRE_JSON(libre::forward::HoldEvent)
LIBRE_JSON(libre::forward::AppRequest)
LIBRE_JSON(libre::forward::AppPlace)
LIBRE_JSON(libre::forward::ListenerRequest)
LIBRE_JSON(libre::forward::ListenerInfo)
LIBRE_JSON(libre::forward::Nothing)
