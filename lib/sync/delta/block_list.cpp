#include "sync/delta/block_list.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/stream.hpp"
#include "sync/core/bytes.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view list_magic{"RBL1", 4};
constexpr std::uint64_t most_blocks = 1u << 20;  // of a list with the best block size

// Numbers in the order of bytes of nearly all processors: as they lie in memory.
static_assert(std::endian::native == std::endian::little);

template <class Number>
void write(ByteWriter& out, const std::vector<Number>& values) {
  out.raw(as_text(std::as_bytes(std::span(values))));
}

template <class Number>
void read(ByteReader& in, std::vector<Number>& values, std::size_t count) {
  const auto bytes = in.raw(count * sizeof(Number));
  if (!in.ok()) return;
  values.resize(count);
  if (count > 0) std::memcpy(values.data(), bytes.data(), bytes.size());
}

std::uint32_t weak_hash(std::string_view block) {
  std::uint64_t state = 0;
  for (const char byte : block.substr(0, weak_window)) state = roll(state, byte);
  return weak_of(state);
}

std::uint64_t blocks_in(std::uint64_t size, std::uint32_t block_size) {
  return size / block_size + (size % block_size == 0 ? 0 : 1);
}

}  // namespace

bool is_listed(std::uint64_t size) { return size >= smallest_listed && size <= largest_listed; }

std::uint32_t block_size_for(std::uint64_t size, std::uint32_t previous) {
  std::uint64_t best = min_block_size;
  if (size > (1u << 20)) best = 2u << 10;
  if (size > (16u << 20)) best = 4u << 10;
  while (best < max_block_size && best * most_blocks < size) best *= 2;
  const bool is_near = std::has_single_bit(previous) && previous >= min_block_size &&
                       previous <= max_block_size && previous <= 4 * best &&
                       previous * std::uint64_t{max_listed_blocks} >= size && 4 * previous >= best;
  return is_near ? previous : static_cast<std::uint32_t>(best);
}

std::uint64_t strong_hash(std::string_view block) {
  const auto digest = digest_of(as_bytes(block));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest.bytes[i];
  return value;
}

BlockLister::BlockLister(std::uint64_t size, std::uint32_t block_size, bool with_digest)
    : with_digest_(with_digest) {
  list_.block_size = std::clamp(std::bit_floor(block_size), min_block_size, max_block_size);
  const auto count = std::min(blocks_in(size, list_.block_size), most_blocks);
  list_.strong.reserve(static_cast<std::size_t>(count));
  list_.weak.reserve(static_cast<std::size_t>(count));
}

void BlockLister::add_block(std::string_view block) {
  list_.strong.push_back(strong_hash(block));
  list_.weak.push_back(weak_hash(block));
}

void BlockLister::add(std::span<const std::byte> bytes) {
  if (with_digest_) digester_.add(bytes);
  list_.size += bytes.size();
  auto rest = as_text(bytes);
  if (!partial_.empty()) {
    const auto piece = rest.substr(0, list_.block_size - partial_.size());
    partial_ += piece;
    rest.remove_prefix(piece.size());
    if (partial_.size() < list_.block_size) return;
    add_block(partial_);
    partial_.clear();
  }
  for (; rest.size() >= list_.block_size; rest.remove_prefix(list_.block_size))
    add_block(rest.substr(0, list_.block_size));
  partial_ = rest;
}

BlockList BlockLister::finish() {
  if (!partial_.empty()) add_block(partial_);
  if (with_digest_) list_.digest = digester_.finish();
  return std::move(list_);
}

BlockList list_blocks(std::string_view content, std::uint32_t block_size) {
  BlockLister lister(content.size(), block_size);
  lister.add(as_bytes(content));
  return lister.finish();
}

std::string encode(const BlockList& list) {
  ByteWriter out;
  out.raw(list_magic);
  out.number(list.size);
  out.number(list.block_size);
  out.digest(list.digest);
  write(out, list.strong);
  write(out, list.weak);
  return out.take();
}

Result<BlockList> decode_block_list(std::string_view bytes) {
  const Error damaged{Errc::protocol, "a list of blocks is damaged"};
  ByteReader in(bytes);
  if (in.raw(list_magic.size()) != list_magic)
    return Error{Errc::protocol, "this is no list of blocks"};
  BlockList list;
  list.size = in.number();
  const auto block_size = in.number();
  if (!in.ok() || list.size == 0 || list.size > largest_listed || block_size < min_block_size ||
      block_size > max_block_size || !std::has_single_bit(block_size))
    return damaged;
  list.block_size = static_cast<std::uint32_t>(block_size);
  list.digest = in.digest();
  const auto count = static_cast<std::size_t>(blocks_in(list.size, list.block_size));
  if (count > max_listed_blocks ||
      in.left() != count * (sizeof(std::uint64_t) + sizeof(std::uint32_t)))
    return damaged;
  read(in, list.strong, count);
  read(in, list.weak, count);
  if (!in.ok() || !in.at_end()) return damaged;
  return list;
}

}  // namespace libre::sync
