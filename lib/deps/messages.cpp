#include "base/json_described.hpp"
#include "deps/environment/machine.hpp"
#include "deps/environments.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(EnvironmentInfo, (), (ready, directory, python, building))
}  // namespace libre

namespace libre::deps {
BOOST_DESCRIBE_STRUCT(UseRequest, (), (project_id, id))
BOOST_DESCRIBE_STRUCT(StagedFile, (), (name, size))
BOOST_DESCRIBE_STRUCT(StageRequest, (), (project_id, id, files))
BOOST_DESCRIBE_STRUCT(StageReply, (), (place))
BOOST_DESCRIBE_STRUCT(EnvironmentMarker, (), (python, made_by))
BOOST_DESCRIBE_STRUCT(Builder, (), (pid, start, boot_id))
BOOST_DESCRIBE_STRUCT(PythonFacts, (),
                      (program, version, implementation, machine, libc, pip, venv, managed))
}  // namespace libre::deps

LIBRE_JSON(libre::EnvironmentInfo)
LIBRE_JSON(libre::deps::UseRequest)
LIBRE_JSON(libre::deps::StageRequest)
LIBRE_JSON(libre::deps::StageReply)
LIBRE_JSON(libre::deps::EnvironmentMarker)
LIBRE_JSON(libre::deps::Builder)
LIBRE_JSON(libre::deps::PythonFacts)
