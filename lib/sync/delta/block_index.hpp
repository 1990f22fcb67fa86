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
  void insert_strong(std::uint32_t block);

  const BlockList& list_;
  std::vector<std::uint64_t> filter_;  // one bit for some hashes each, 16 bits for a block
  unsigned filter_shift_ = 0;
  // Open hash tables of the same size; 0 is a free slot. What finds none within a few is left out.
  std::vector<std::uint32_t> weak_;
  std::vector<std::uint32_t> strong_;  // 1 + the index of the first block of that hash
  unsigned bits_ = 0;
};

}  // namespace libre::sync
