// Of files that lie here with the size and time that they have there: do they hold the same bytes? A change
// within one tick of the clock, `touch -r` and tools that restore times leave no other trace than the time of the last
// change of the inode, which nobody can set.
#pragma once
#include <string>
#include <vector>

#include "sync/endpoint.hpp"
#include "sync/pull_memory.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

// A file of the listing, and the one in its place here.
struct Alike {
  const Entry* entry;  // borrowed; what is in place of its digest is that of its stamp over there
  SharedText source;   // its path over there
  Found found;
};

class PullCompare {
 public:
  // All are borrowed. Without a memory everything that looks
  // alike counts as equal.
  PullCompare(Endpoint& endpoint, const MirrorSpec& mirror, Rooted& root, PullMemory* memory,
              const Wait& wait);

  // For each of them whether it holds the same bytes. What the memory is sure of costs nothing; of the
  // others the digests are made: here, and where it may have been touched also over there, which is one
  // exchange more for each 256 MiB. What is equal is remembered.
  Result<std::vector<bool>> are_equal(const std::vector<Alike>& files);

  // To be called right after the file at `entry.path` has been put in place with this content.
  void placed(const Entry& entry, const Digest& content);
  // After its attributes were set by us.
  void touched(const Entry& entry);
  // At the end: waits until the clock of files has moved on since the last of these, 10 ms at most, so that
  // whoever changes them from now on leaves a trace.
  void settle() const;

 private:
  struct Doubt {
    std::size_t index;  // in `files`
    std::optional<Digest> here{}, there{};
    bool settled = false;
  };
  void read_here(const Alike& file, Doubt& doubt);
  Result<void> ask_there(const std::vector<Alike>& files, std::vector<Doubt>& doubts);
  std::string key(const Entry& entry) const { return directory_ + "/" + entry.path.str(); }

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Rooted& root_;
  std::string directory_;
  PullMemory* memory_;
  const Wait& wait_;
  std::int64_t placed_ns_ = 0;  // the last one
};

}  // namespace libre::sync
