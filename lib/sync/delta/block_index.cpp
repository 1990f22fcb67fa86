#include "sync/delta/block_index.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace libre::sync {
namespace {

constexpr unsigned longest_probe = 16;

std::uint32_t stored(std::uint32_t weak) { return weak == 0 ? 1 : weak; }

}  // namespace

BlockIndex::BlockIndex(const BlockList& list) : list_(list) {
  const auto blocks = std::bit_ceil(std::max<std::size_t>(list.full_count(), 64));
  const auto bits = static_cast<unsigned>(std::countr_zero(blocks));
  filter_shift_ = 32 - (bits + 4);
  filter_.resize(blocks * 16 / 64);
  weak_shift_ = 32 - (bits + 1);
  weak_.resize(blocks * 2);
  for (std::size_t i = 0; i < list.full_count(); ++i) {
    const auto bit = list.weak[i] >> filter_shift_;
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    insert_weak(list.weak[i]);
  }
  by_strong_.resize(list.full_count());
  std::iota(by_strong_.begin(), by_strong_.end(), 0u);
  std::sort(by_strong_.begin(), by_strong_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return list.strong[a] != list.strong[b] ? list.strong[a] < list.strong[b] : a < b;
  });
}

void BlockIndex::insert_weak(std::uint32_t weak) {
  const std::size_t mask = weak_.size() - 1;
  for (unsigned i = 0; i < longest_probe; ++i) {
    auto& slot = weak_[((weak >> weak_shift_) + i) & mask];
    if (slot == stored(weak)) return;
    if (slot == 0) {
      slot = stored(weak);
      return;
    }
  }
}

bool BlockIndex::has_weak(std::uint32_t weak) const {
  const std::size_t mask = weak_.size() - 1;
  for (unsigned i = 0; i < longest_probe; ++i) {
    const auto slot = weak_[((weak >> weak_shift_) + i) & mask];
    if (slot == stored(weak)) return true;
    if (slot == 0) return false;
  }
  return false;
}

std::optional<std::size_t> BlockIndex::find(std::uint64_t strong, std::uint64_t expected) const {
  if (expected < list_.full_count() && list_.strong[static_cast<std::size_t>(expected)] == strong)
    return static_cast<std::size_t>(expected);
  const auto found = std::lower_bound(
      by_strong_.begin(), by_strong_.end(), strong,
      [&](std::uint32_t i, std::uint64_t value) { return list_.strong[i] < value; });
  if (found == by_strong_.end() || list_.strong[*found] != strong) return std::nullopt;
  return *found;
}

}  // namespace libre::sync
