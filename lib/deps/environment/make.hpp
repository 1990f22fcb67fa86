// Makes an environment: what the job of `re install` runs, as `re-agent environment`.
//
// It is made in a directory of its own, "<id>.<job>", and its marker is written last, so nobody ever meets half
// a one. Where a step fails, or the job is interrupted or ended, the directory is removed again; what a killed
// one has left behind goes with the next. The last step makes it the one that new jobs of the project get, and
// removes older ones that no process uses.
#pragma once
#include <filesystem>
#include <string>

#include "deps/environment/plan.hpp"

namespace libre::deps {

struct BuildOptions {
  std::filesystem::path place{};  // of the project's environments
  std::string id{};               // of the one to be made; place/asked/<id> has the files
  std::uint64_t job = 0;          // the job that makes it
  DependencySource source = DependencySource::nothing;
  std::string python{};
  std::filesystem::path project{};
  std::filesystem::path wheels{};
};

// Writes to stdout and stderr, as do the programs that it starts. INT and TERM end it; call it in a process of
// its own. Returns the exit code; the last line on stderr begins with "re: ERROR: " where it is not 0.
int build_environment(const BuildOptions& options);

// Prints what this machine has as one line of JSON (PythonFacts): what --via-laptop asks for.
int describe_machine(const std::string& python);

}  // namespace libre::deps
