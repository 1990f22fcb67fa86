// What a content consists of: a hash of each of its blocks. Whoever holds the list of an old content
// can find what a new one has in common with it, without the old bytes. Sans-IO.
//
// A block has two hashes: `strong`, of all its bytes, and `weak`, of its first bytes only, which can be
// rolled along a content byte by byte and says where a strong one is worth computing. Neither is
// trusted with the result: whoever puts a file together checks the digest of the whole.
//
//   list = "RBL1" size:number block_size:number digest:16 (strong:u64)* (weak:u32)*    little endian;
//          as many of each as `size` has blocks, the last of them shorter where it is no multiple
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libre/result.hpp>

#include "base/digest.hpp"

namespace libre::sync {

struct BlockList {
  std::uint64_t size = 0;  // of the content; 0 = no list
  std::uint32_t block_size = 0;
  Digest digest{};  // of the content
  std::vector<std::uint64_t> strong{};
  std::vector<std::uint32_t> weak{};

  std::size_t count() const { return strong.size(); }
  std::size_t full_count() const { return block_size == 0 ? 0 : size / block_size; }
  bool operator==(const BlockList&) const = default;
};

// A smaller content costs less as a whole than the trouble.
inline constexpr std::uint64_t smallest_listed = 64u << 10;
// Files beyond are always sent whole: their blocks would have to be larger than max_block_size.
inline constexpr std::uint64_t largest_listed = std::uint64_t{1} << 40;
inline constexpr std::uint32_t min_block_size = 1u << 10, max_block_size = 1u << 20;
inline constexpr std::size_t max_listed_blocks = 2u << 20;

bool is_listed(std::uint64_t size);

// Small enough that a changed byte costs little, large enough that the list of the largest content has
// a million blocks (12 MiB): 1 KiB up to 1 MiB, 2 KiB up to 16 MiB, 4 KiB up to 4 GiB, then doubling.
// That of the `previous` content (0 = none) is kept while it is near: equal borders in the old and the
// new list are what makes comparing them fast.
std::uint32_t block_size_for(std::uint64_t size, std::uint32_t previous = 0);

std::uint64_t strong_hash(std::string_view block);

// The rolling hash. After weak_window bytes it depends on the last weak_window ones and nothing else.
inline constexpr std::size_t weak_window = 64;
inline constexpr std::array<std::uint64_t, 256> weak_table = [] {
  std::array<std::uint64_t, 256> table{};
  std::uint64_t state = 0;
  for (auto& value : table) {  // the generator splitmix64
    std::uint64_t mixed = state += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    value = mixed ^ (mixed >> 31);
  }
  return table;
}();
constexpr std::uint64_t roll(std::uint64_t state, char byte) {
  return (state << 1) + weak_table[static_cast<unsigned char>(byte)];
}
constexpr std::uint32_t weak_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state >> 32);
}

// Makes the list of a content that passes by, piece by piece.
class BlockLister {
 public:
  // `size` is what is expected and only reserves memory; a wrong one is no error. Without a digest that
  // of the list stays empty.
  BlockLister(std::uint64_t size, std::uint32_t block_size, bool with_digest = true);
  void add(std::span<const std::byte> bytes);
  BlockList finish();  // once

 private:
  void add_block(std::string_view block);
  BlockList list_;
  bool with_digest_;
  Digester digester_;
  std::string partial_;  // of a block whose rest is to come
};

BlockList list_blocks(std::string_view content, std::uint32_t block_size);

std::string encode(const BlockList& list);
// Errc::protocol for anything that encode() does not make. Takes no more memory than `bytes` does.
Result<BlockList> decode_block_list(std::string_view bytes);

}  // namespace libre::sync
