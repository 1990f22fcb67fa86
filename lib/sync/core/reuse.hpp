// Renamed and copied files: wanted contents that the receiving side has already, at another path or
// under another time, and that therefore need not travel. Pure.
#pragma once
#include <vector>

#include "sync/core/tree.hpp"

namespace libre::sync {

struct Reuse {
  std::size_t wanted = 0;  // index in the wanted tree: a file whose content is not at its path yet
  std::size_t there = 0;   // index in the tree there: a file with that content
  // The file there is not wanted at its path any more, and no other Reuse moves it: it may be renamed.
  // Otherwise its content is copied.
  bool moves = false;
  bool operator==(const Reuse&) const = default;
};

// Ascending `wanted`, each at most once. A file without digest (all zero) is never taken for equal;
// an empty one costs nothing and is left out. `there` is what was there before anything is done: the
// caller makes sure that copies happen while what they read from still has that content, and checks
// the digest of what it copied, for somebody may have changed it since.
std::vector<Reuse> find_reuse(const Tree& wanted, const Tree& there);

}  // namespace libre::sync
