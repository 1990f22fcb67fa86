// Finds a block of a list by its hashes. Pure. For lists that a stranger may have made: no choice of
// hashes makes a look-up slow, it only makes blocks that are not found.
#pragma once
#include <optional>

#include "sync/delta/block_list.hpp"

namespace libre::sync {

class BlockIndex {
 public:
  // Borrows the list. Only full blocks are found.
  explicit BlockIndex(const BlockList& list);

  // Cheap, and nearly always false where no block begins with such bytes.
  bool may_begin(std::uint32_t weak) const {
    const auto bit = weak >> filter_shift_;
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0 && has_weak(weak);
  }

  // The first block of that hash; `expected` where that one has it, too.
  std::optional<std::size_t> find(std::uint64_t strong, std::uint64_t expected) const;

 private:
  bool has_weak(std::uint32_t weak) const;
  void insert_weak(std::uint32_t weak);

  const BlockList& list_;
  std::vector<std::uint64_t> filter_;  // one bit for some hashes each, 16 bits for a block
  unsigned filter_shift_ = 0;
  std::vector<std::uint32_t> weak_;  // an open hash table; 0 is free
  unsigned weak_shift_ = 0;
  std::vector<std::uint32_t> by_strong_;  // indices in the order of their strong hash
};

}  // namespace libre::sync
