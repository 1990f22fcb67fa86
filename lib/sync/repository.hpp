// What git knows about a project's directory. The only file pair that names libgit2.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace libre::sync {

struct RepositoryView {
  std::filesystem::path work_tree{};
  std::string prefix{};                   // the project inside the work tree: "" or "a/b"
  std::vector<std::string> tracked{};     // files; relative to the project, sorted
  std::vector<std::string> submodules{};  // the same of these
  std::string global_excludes{};          // text of core.excludesFile (or git's default place)
  std::string own_excludes{};             // text of .git/info/exclude
  bool ignore_case = false;               // core.ignoreCase
  // While it lives the next repository costs no 5 to 18 ms for beginning with libgit2.
  std::shared_ptr<const void> library{};
};

// nullopt where the directory is in no git work tree.
Result<std::optional<RepositoryView>> view_repository(const std::filesystem::path& directory);

// The repository whose work tree begins in just this directory; nullopt where there is none, or it cannot be read.
std::optional<RepositoryView> repository_at(const std::filesystem::path& directory);

}  // namespace libre::sync
