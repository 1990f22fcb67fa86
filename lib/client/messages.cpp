#include <libre/master.hpp>
#include <libre/project_log.hpp>

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(LogCopyState, (), (instance, key, job, size))
BOOST_DESCRIBE_STRUCT(MasterInfo, (), (instance, pid, since, streams, idle, idle_limit))
}  // namespace libre

LIBRE_JSON(libre::MasterInfo)
LIBRE_JSON(libre::LogCopyState)
LIBRE_JSON(std::string)
