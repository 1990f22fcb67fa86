// Keeps what somebody else made: renames it to "<name>.re-kept-<time>" beside itself.
#pragma once
#include <string>

#include "sync/rooted.hpp"

namespace libre::sync {

// Returns the new path. With `until_replaced` a file also stays at `path` where the file system has
// hard links, so that a rename onto it leaves no moment without a file.
Result<std::string> keep_aside(Rooted& root, const std::string& path, const std::string& stamp,
                               bool until_replaced);

}  // namespace libre::sync
