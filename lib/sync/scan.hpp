// From the names of local files to a tree: kinds, times, sizes, contents.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <libre/sync.hpp>

#include "base/wait.hpp"
#include "sync/core/tree.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/hash_memory.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

struct ScanRequest {
  std::vector<std::string> paths{};  // ascending, or nothing is remembered of them
  std::vector<std::string> empty_directories{};
  std::vector<std::string> unreadable{};  // known already
  bool force = false;                     // read everything again
  // Where the blocks of large files that are read go; null = nowhere.
  const BlockMemory* blocks = nullptr;
  std::uint64_t blocks_from = smallest_listed;  // of smaller files none
  // Called before files are read, with the largest of those that have changed and kept their size; by this thread. It
  // looks at some thousand paths at a time, and so may be called again.
  std::function<void(const std::string& path, std::uint64_t size)> before_reading{};
};

struct Scan {
  Tree tree{};
  std::vector<SyncNote> notes{};
  std::uint64_t files = 0, bytes = 0;  // of regular files
  std::uint64_t files_read = 0;        // whose content was looked at
  bool blocks_found = false;           // of at least one of them
};

// What cannot be read gets a note and an entry of kind unknown; what is gone is left out. A few threads look
// and read.
Result<Scan> scan(Rooted& root, ScanRequest request, HashMemory& memory, const Wait& wait);

// Does a link at `path` point out of the root?
bool points_outside(std::string_view path, std::string_view target);

// For a person, before the first sync of a tree that is surprisingly large (200 MB or 20,000 files):
// how large, and what makes it so. Empty where it is not.
std::string surprise(const Tree& tree);

}  // namespace libre::sync
