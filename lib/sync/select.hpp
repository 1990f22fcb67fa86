// Which files of a project belong to it. Looked at afresh for every sync.
//
// In a git work tree: what git would list (`git ls-files -co --exclude-standard`), and the empty
// directories that git cannot know. Elsewhere: everything but built-in junk and what .gitignore files
// name. Then `.recompute/exclude` takes away and `.recompute/include` gives back; docs/sync.md says
// how the two, `data/` and `select = python` go together.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <libre/project.hpp>
#include <libre/sync.hpp>

#include "base/wait.hpp"

namespace libre::sync {

struct Selection {
  std::vector<std::string> paths{};  // files, links and whatever else is no directory; sorted
  std::vector<std::string> empty_directories{};  // sorted
  std::vector<std::string> unreadable{};         // directories that could not be listed
  std::vector<SyncNote> notes{};
};

// Told of each directory that decides what is selected ("" = the root), before it is listed.
using DirectorySink = std::function<void(const std::string& path)>;

Result<Selection> select_files(const Project& project, const Wait& wait,
                               const DirectorySink& entering = {});

// The list for people in `.recompute/rsync.db`: one path a line, odd ones quoted as git does.
Result<void> write_selection(const Project& project, const Selection& selection);
std::string quoted_path(const std::string& path);

}  // namespace libre::sync
