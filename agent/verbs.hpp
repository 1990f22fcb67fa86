// The verbs of re-agent that stand alone: each takes the words after its name and returns the exit code.
#pragma once
#include <string>
#include <vector>

namespace libre::agent {

int supervise(const std::vector<std::string>& arguments);          // jobs/supervisor.hpp
int print_environment(const std::vector<std::string>& arguments);  // jobs/login_environment.hpp

int usage(const char* text);  // says it on stderr; 2

}  // namespace libre::agent
