// How to send a file whose old content the other side still has: the memory of blocks, asked for what
// the old and the new content have in common.
#pragma once
#include <map>
#include <optional>

#include "base/wait.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/delta/delta.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

class Deltas {
 public:
  // All are borrowed. Each delta is made once, and kept: 24 bytes for each step.
  // With `keep` false nothing is written to the memory.
  Deltas(Rooted& root, const BlockMemory& memory, const Wait& wait, bool keep = true)
      : root_(root), memory_(memory), wait_(wait), keep_(keep) {}

  // The steps that make the file at `entry.path` out of `base`; null where it must go whole, because
  // nothing is remembered of the base, or too little of it is in the file. Reads the file where nothing
  // is remembered of that one, and remembers it. Fails only as the Wait says: a file that cannot be read
  // is found out by whoever sends it.
  Result<const Delta*> find(const Entry& entry, const ContentId& base);
  // More is remembered now: what could not be made before is tried anew when it is asked for.
  void try_again() {
    std::erase_if(made_, [](const auto& made) { return !made.second; });
  }

 private:
  Result<std::optional<Delta>> make(const Entry& entry, const ContentId& base) const;
  Result<BlockList> list_of(int fd, const Entry& entry) const;
  Rooted& root_;
  const BlockMemory& memory_;
  const Wait& wait_;
  const bool keep_;
  std::map<std::pair<ContentId, ContentId>, std::optional<Delta>> made_;  // by base and entry
};

}  // namespace libre::sync
