// The names in one directory.
#pragma once
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "sync/core/plan.hpp"

namespace libre::sync {

struct DirectoryItem {
  std::string name{};
  FoundKind kind = FoundKind::file;
};

// Sorted by name, without "." and ".."; links are not followed. Takes the descriptor of a directory.
Result<std::vector<DirectoryItem>> read_directory(Fd directory);

}  // namespace libre::sync
