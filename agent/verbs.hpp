// The verbs of re-agent: each takes the words after its name and returns the exit code.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace libre::agent {

int serve_verb(const std::vector<std::string>& arguments);  // the daemon, serve.hpp
int start_verb(const std::vector<std::string>& arguments);  // finds or starts the daemon, start.hpp
int connect_verb(const std::vector<std::string>& arguments);  // the same, then bridges stdio to it
int shell_verb(
    const std::vector<std::string>& arguments);            // becomes the login shell in a directory
int supervise(const std::vector<std::string>& arguments);  // jobs/supervisor.hpp
int print_environment(const std::vector<std::string>& arguments);  // jobs/login_environment.hpp

int environment_verb(const std::vector<std::string>& arguments);  // deps/environment/make.hpp
int download_verb(const std::vector<std::string>& arguments);     // deps/data/download.hpp

int usage(const char* text);  // says it on stderr; 2

// "--root DIR --marker M" as a map without the dashes; nullopt where a word is no option of `names`
// or has no value.
std::optional<std::map<std::string, std::string>> read_options(
    const std::vector<std::string>& words, const std::vector<std::string>& names);

}  // namespace libre::agent
