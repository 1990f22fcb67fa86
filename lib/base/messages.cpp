#include <libre/error.hpp>

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_ENUM(Errc, usage, config, not_found, exists, denied, disk_full, io, dns, refused,
                    unreachable, timed_out, host_key, auth, disconnected, protocol, version,
                    unsupported, interrupted, internal)
BOOST_DESCRIBE_STRUCT(Error, (), (code, message, cause, hint))
}  // namespace libre

LIBRE_JSON(libre::Error)
