// How to send a file whose old content the other side still has: the memory of blocks, asked for what
// the old and the new content have in common.
#pragma once
#include <map>
#include <optional>

#include "base/wait.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/delta/delta.hpp"
#include "sync/endpoint.hpp"
#include "sync/local_files.hpp"

namespace libre::sync {

class Deltas {
 public:
  // The memory and the Wait are borrowed. Each delta is made once, and kept: 24 bytes for each step.
  // With `keep` false nothing is written to the memory.
  Deltas(LocalFiles files, const BlockMemory& memory, const Wait& wait, bool keep = true)
      : files_(std::move(files)), memory_(memory), wait_(wait), keep_(keep) {}

  // The steps that make the file of `entry` out of `base`; null where it must go whole, because
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
  LocalFiles files_;
  const BlockMemory& memory_;
  const Wait& wait_;
  const bool keep_;
  std::map<std::pair<ContentId, ContentId>, std::optional<Delta>> made_;  // by base and entry
};

// What is smaller goes whole sooner than a question for its blocks is answered.
inline constexpr std::uint64_t worth_asking = std::uint64_t{1} << 20;

// Where nothing is remembered here of what lies over there, its blocks are asked for, remembered, and the
// need gets the digest of them: 3 MiB for 1 GiB. True where something new is remembered.
Result<bool> learn_blocks(Endpoint& endpoint, const MirrorSpec& mirror, const Tree& tree,
                          std::vector<Need>& needs, const BlockMemory& memory, const Wait& wait);

// What these contents take as far as that matters: more than `enough` is enough.
Result<std::uint64_t> bytes_to_send(const Tree& tree, const std::vector<Need>& needs,
                                    Deltas& deltas, std::uint64_t enough);

}  // namespace libre::sync
