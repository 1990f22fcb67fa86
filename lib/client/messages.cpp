#include <libre/config_edit.hpp>
#include <libre/deps.hpp>
#include <libre/doctor.hpp>
#include <libre/master.hpp>
#include <libre/project_log.hpp>

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(NeededPackage, (), (requirement, module, file, line, guessed, optional))
BOOST_DESCRIBE_STRUCT(ScanReport, (), (packages, unresolved, unreadable, files))
BOOST_DESCRIBE_ENUM(DependencySource, uv_lock, conda, requirements, pyproject, setup, generated,
                    nothing)
BOOST_DESCRIBE_STRUCT(RequirementsReport, (), (source, file, written, scan, missing))
BOOST_DESCRIBE_STRUCT(LogCopyState, (), (instance, key, job, size))
BOOST_DESCRIBE_STRUCT(MasterInfo, (), (instance, pid, since, streams, idle, idle_limit))
BOOST_DESCRIBE_ENUM(Health, ok, warn, fail)
BOOST_DESCRIBE_STRUCT(Finding, (), (about, health, text, fix))
BOOST_DESCRIBE_STRUCT(Setting, (), (name, value, secret))
}  // namespace libre

LIBRE_JSON(libre::MasterInfo)
LIBRE_JSON(libre::LogCopyState)
LIBRE_JSON(libre::ScanReport)
LIBRE_JSON(libre::RequirementsReport)
LIBRE_JSON(libre::Finding)
LIBRE_JSON(libre::Setting)
LIBRE_JSON(std::string)
