// Which file of a project says what it needs, and what that makes of an environment. Pure but for the reader
// that it is given.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include <libre/deps.hpp>

namespace libre::deps {

// The content of a file of the project by its path in it; nullopt where there is none. An error where it
// cannot be read.
using ReadFile = std::function<Result<std::optional<std::string>>(const std::string& path)>;

struct ChosenSource {
  DependencySource source = DependencySource::nothing;
  std::string file{};  // the one that counts
};
Result<ChosenSource> choose_source(const ReadFile& read);

// That file and those that it includes (`-r other.txt`, `-c limits.txt`), and `packages`, the project's own
// list, as "packages.txt". Errc::not_found names an included file that is not there, Errc::usage one outside the
// project.
Result<Dependencies> dependencies(const ReadFile& read, std::string packages,
                                  const std::string& python);

}  // namespace libre::deps
