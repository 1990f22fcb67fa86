// What decides whether a path is selected, as a value that a walk asks.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <libre/project.hpp>

#include "sync/core/patterns.hpp"
#include "sync/repository.hpp"

namespace libre::sync {

// Where the walk is.
struct WalkState {
  bool included = false;  // an include pattern named a directory above: everything in it is in
  bool searching =
      false;  // a directory that is out, entered only because an include pattern reaches in
};

struct Verdict {
  bool in = false;    // files: selected; directories: to be entered
  WalkState below{};  // directories
};

class Rules {
 public:
  // Reads the pattern files. Errc::io where one is there but cannot be read.
  static Result<Rules> read(const Project& project);

  Verdict of_directory(const std::string& path, const WalkState& state) const;
  bool of_file(const std::string& path, const WalkState& state) const;

  // Do the project's own rules (not git's) keep this path out?
  bool takes_away(const std::string& path, bool is_directory) const;

  // Called when a walk enters and leaves a directory: its .gitignore counts in between. Where a repository of its
  // own begins there (a submodule, a clone), git's rules around it do not count, but those of that one, and
  // what it tracks is in.
  void enter(const std::string& path, const std::string& gitignore,
             std::optional<RepositoryView> own = {});
  void leave();

  const std::vector<std::string>& tracked() const { return tracked_; }
  // Of the repositories that the walk has met. More of them come as it goes on.
  const std::vector<std::string>& submodules() const { return submodules_; }
  bool in_git() const { return in_git_; }

 private:
  bool is_always_out(const std::string& path) const;
  bool is_ignored(const std::string& path, bool is_directory) const;
  std::string in_work_tree(const std::string& path) const;
  Result<void> read_repository(const Project& project);

  PatternList include_, exclude_;
  void add_tracked(const std::string& path, const RepositoryView& own);

  std::vector<PatternList> ignores_;  // weakest first
  // The repositories around the walk, the innermost last: from which list on are they theirs?
  struct Scope {
    std::size_t first_list = 0;
    bool ignore_case = false;
  };
  std::vector<Scope> scopes_{{}};
  std::vector<bool> entered_;        // for each directory: is it the top of the last scope?
  std::shared_ptr<const void> git_;  // stays open while the walk goes on
  std::vector<std::string> tracked_, submodules_;
  std::string prefix_;  // the project inside the work tree
  std::string log_name_;
  bool in_git_ = false;
  bool only_tracked_ = false;  // the repository ignores the project's place, but tracks files in it
  bool only_python_ = false;
};

}  // namespace libre::sync
