#include <unistd.h>

#include "base/files.hpp"
#include "jobs/login_environment.hpp"
#include "verbs.hpp"

namespace libre::agent {

int print_environment(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return usage("re-agent print-environment MARKER");
  const auto text = jobs::print_environment(arguments[0], jobs::own_variables());
  return write_all(STDOUT_FILENO, text) ? 0 : 1;
}

}  // namespace libre::agent
