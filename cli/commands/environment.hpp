// What `re init`, `re install` and `re notebook` have in common: a project's Python environment on an instance.
#pragma once
#include <libre/deps.hpp>

#include "cli/context.hpp"

namespace cli {

// Makes sure that the project says what it needs (libre::write_requirements) and tells what was found.
libre::Result<libre::RequirementsReport> settle_requirements(Context& context,
                                                             const libre::Project& project,
                                                             bool refresh);

// Brings the code, and the environment that `wanted` asks for; tells what is done. The log of an install goes to
// stderr as it comes.
libre::Result<libre::Prepared> bring_environment(Context& context, libre::Instance& instance,
                                                 const libre::Project& project,
                                                 const libre::Dependencies& wanted,
                                                 const libre::InstallOptions& options);

struct Installed {
  libre::Dependencies wanted{};  // empty: there is nothing to install, which is told
  libre::EnvironmentInfo environment{};
};
// What `re install WORDS…` does: settle_requirements(), then bring_environment() of what the project needs and
// of the packages that `words` name, which are kept for the project once they could be installed.
libre::Result<Installed> install_packages(Context& context, const libre::Project& project,
                                          const std::vector<std::string>& words,
                                          const libre::InstallOptions& options);

}  // namespace cli
