// The Python environments of projects on a machine. LocalEnvironments has them (in the agent),
// RemoteEnvironments asks for them (in the client), serve_environments answers.
//
// One is made by a job (environment/make.hpp), so that it streams its log and outlives connections; here is what
// stands before and behind that. jobs/project_environment.hpp says where they lie.
#pragma once
#include <map>
#include <string>

#include <libre/deps.hpp>

#include "base/wait.hpp"

namespace libre::deps {

class Environments {
 public:
  virtual ~Environments() = default;

  // The environment `id` of a project. Where it is whole, new jobs of the project get it from now on;
  // otherwise nothing is changed.
  virtual Result<EnvironmentInfo> use(const std::string& project_id, const std::string& id,
                                      const Wait& wait) = 0;

  // Puts the files that the environment `id` is to be made of beside it: names relative, without "..". Returns
  // the project's place, which the job that makes it is told.
  virtual Result<std::string> stage(const std::string& project_id, const std::string& id,
                                    const std::map<std::string, std::string>& files,
                                    const Wait& wait) = 0;
};

// What travels: methods environments.use and environments.stage, whose files are the request's body, one behind
// the other.
struct UseRequest {
  std::string project_id{}, id{};
};
struct StagedFile {
  std::string name{};
  std::uint64_t size = 0;
};
struct StageRequest {
  std::string project_id{}, id{};
  std::vector<StagedFile> files{};
};
struct StageReply {
  std::string place{};
};

// The marker of a whole environment.
struct EnvironmentMarker {
  std::string python{};   // "3.11.2"
  std::string made_by{};  // "uv", "venv", "conda", "system"
};

// Who is making one: a process, as base/process.hpp knows them.
struct Builder {
  std::int64_t pid = 0;
  std::uint64_t start = 0;
  std::string boot_id{};
};

}  // namespace libre::deps
