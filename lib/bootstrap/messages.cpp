#include "base/json_described.hpp"
#include "bootstrap/facts.hpp"

namespace libre::bootstrap {
BOOST_DESCRIBE_STRUCT(Facts, (),
                      (socket, agent, identity, root, home, uid, host, platform, entry, bridged))
}  // namespace libre::bootstrap

LIBRE_JSON(libre::bootstrap::Facts)
