#include "sync/delta/block_index.hpp"

#include <algorithm>
#include <bit>

namespace libre::sync {
namespace {

constexpr unsigned longest_probe = 16;

std::uint32_t stored(std::uint32_t weak) { return weak == 0 ? 1 : weak; }

}  // namespace

BlockIndex::BlockIndex(const BlockList& list) : list_(list) {
  const auto blocks = std::bit_ceil(std::max<std::size_t>(list.full_count(), 64));
  bits_ = static_cast<unsigned>(std::countr_zero(blocks)) + 1;
  filter_shift_ = 32 - (bits_ + 3);
  filter_.resize(blocks * 16 / 64);
  weak_.resize(blocks * 2);
  strong_.resize(blocks * 2);
  for (std::size_t i = 0; i < list.full_count(); ++i) {
    const auto bit = list.weak[i] >> filter_shift_;
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    insert_weak(list.weak[i]);
    insert_strong(static_cast<std::uint32_t>(i));
  }
}

void BlockIndex::insert_weak(std::uint32_t weak) {
  for (unsigned i = 0; i < longest_probe; ++i) {
    auto& slot = weak_[((weak >> (32 - bits_)) + i) & (weak_.size() - 1)];
    if (slot == 0) slot = stored(weak);
    if (slot == stored(weak)) return;
  }
}

bool BlockIndex::has_weak(std::uint32_t weak) const {
  for (unsigned i = 0; i < longest_probe; ++i) {
    const auto slot = weak_[((weak >> (32 - bits_)) + i) & (weak_.size() - 1)];
    if (slot == stored(weak)) return true;
    if (slot == 0) return false;
  }
  return false;
}

void BlockIndex::insert_strong(std::uint32_t block) {
  const auto strong = list_.strong[block];
  for (unsigned i = 0; i < longest_probe; ++i) {
    auto& slot = strong_[((strong >> (64 - bits_)) + i) & (strong_.size() - 1)];
    if (slot == 0) slot = block + 1;
    if (list_.strong[slot - 1] == strong) return;
  }
}

std::optional<std::size_t> BlockIndex::find(std::uint64_t strong, std::uint64_t expected) const {
  if (expected < list_.full_count() && list_.strong[static_cast<std::size_t>(expected)] == strong)
    return static_cast<std::size_t>(expected);
  for (unsigned i = 0; i < longest_probe; ++i) {
    const auto slot = strong_[((strong >> (64 - bits_)) + i) & (strong_.size() - 1)];
    if (slot == 0) return std::nullopt;
    if (list_.strong[slot - 1] == strong) return slot - 1;
  }
  return std::nullopt;
}

}  // namespace libre::sync
