#include <libre/project_log.hpp>

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(LogCopyState, (), (instance, key, job, size))
}  // namespace libre

LIBRE_JSON(libre::LogCopyState)
LIBRE_JSON(std::string)
