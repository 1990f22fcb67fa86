// How an environment is made: a machine and a wish in, a list of commands out. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include <libre/deps.hpp>

#include "deps/environment/machine.hpp"

namespace libre::deps {

struct BuildRequest {
  DependencySource source = DependencySource::nothing;
  std::string python{};     // Dependencies::python
  std::string directory{};  // the environment to be, absolute
  std::string asked{};      // where Dependencies::files lie
  std::string file{};       // which of them counts, for conda: environment.yml or .yaml
  bool packages = false;    // packages.txt is one of them
  std::string project{};    // the project's mirror, where -e and relative paths start
  std::string wheels{};     // install from the files in there only; "" = from the index
};

struct BuildStep {
  std::string what{};  // for the log: "making a virtual environment with /usr/bin/python3"
  std::vector<std::string> argv{};
  std::map<std::string, std::string> environment{};  // on top of the job's
};

struct BuildPlan {
  std::vector<std::string> notes{};  // what the person should know, before the first step
  std::vector<BuildStep> steps{};
  std::string made_by{};  // "uv", "venv", "conda", "system"
};

// Errc::unsupported where the machine lacks what the wish needs; says what to do.
Result<BuildPlan> plan_build(const Machine& machine, const BuildRequest& request);

}  // namespace libre::deps
