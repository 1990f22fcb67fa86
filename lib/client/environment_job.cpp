#include "client/environment_job.hpp"

namespace libre::client {

JobSpec environment_job(const Project& project, const Dependencies& wanted,
                        const InstanceConfig& instance, const std::string& agent,
                        const std::string& place, const std::string& wheels) {
  JobSpec spec;
  spec.name = spec.kind = "install";
  spec.project = project.name;
  spec.project_id = project.id;
  spec.argv = {agent,  "environment", "--place",  place,
               "--id", wanted.id,     "--source", name_of(wanted.source)};
  if (!wanted.python.empty()) spec.argv.insert(spec.argv.end(), {"--python", wanted.python});
  if (!wheels.empty()) spec.argv.insert(spec.argv.end(), {"--wheels", wheels});
  if (!instance.index_url.empty())
    for (const char* name : {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"})
      spec.environment[name] = instance.index_url;
  return spec;
}

}  // namespace libre::client
