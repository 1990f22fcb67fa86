#include "jobs/supervisor.hpp"
#include "verbs.hpp"

namespace libre::agent {

int supervise(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) return usage("re-agent supervise FOLDER RUNTIME_DIRECTORY");
  return jobs::supervise(arguments[0], arguments[1]);
}

}  // namespace libre::agent
