// What a new content has in common with an old one: the steps that make the new one out of the old
// one and as few new bytes as possible. Pure but for the new bytes, which are read where they must be.
//
// The sending side calls this. It has the new bytes and the list of the old blocks: its own memory of
// what it once sent (block_memory.hpp), or what the receiving side has sent for the purpose. A list
// that is wrong, by accident or by intent, makes steps that lead to another content, which the digest
// of the whole shows; the steps themselves are always in range.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sync/core/tree.hpp"
#include "sync/delta/block_list.hpp"

namespace libre::sync {

// One step of building the new content from its beginning to its end.
struct Step {
  enum class Kind : std::uint8_t {
    copy,     // bytes of the old content, from `offset` of the old one
    literal,  // bytes of the new content, from `offset` of the new one
  };
  Kind kind = Kind::copy;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // never 0
  bool operator==(const Step&) const = default;
};

struct Delta {
  std::vector<Step> steps{};  // neighbours never continue each other
  std::uint64_t literal_bytes = 0;
};

// What copies in an update mean: the content that the file had at the same path in the tree `before`.
// Nothing where it was no file, or it or the wanted one is not worth a list.
std::optional<ContentId> base_of(const Tree& before, const Entry& wanted);

// The new content, wherever it lies.
class Content {
 public:
  virtual ~Content() = default;
  // Exactly those bytes; valid until the next call. Fails where the content has become shorter.
  virtual Result<std::string_view> at(std::uint64_t offset, std::size_t length) = 0;
  // strong_hash() of as many neighbouring blocks of `block_size` bytes as `hashes` has places, the first one at
  // `offset`. Fails in the same way.
  virtual Result<void> hash(std::uint64_t offset, std::uint32_t block_size,
                            std::span<std::uint64_t> hashes);
};

// Blocks that begin at equal borders are compared by the two lists alone. Where they differ, the old
// blocks are searched for at every byte; so what was inserted, removed or moved costs its own length
// and at most the two blocks around each edit. Where nothing is found for 16 MiB the search goes on in
// samples, and what lies before a find is looked at again.
//
// Time: a table look-up for each block of equal lists; 1 to 2 ns for each byte that is searched.
// Memory beside the lists: 18 to 36 bytes for each old block, and the steps. Fails as `now_bytes` does.
Result<Delta> make_delta(const BlockList& old, const BlockList& now, Content& now_bytes);

// The steps for a receiver that has the first `arrived` bytes of the new content already.
std::vector<Step> steps_from(std::vector<Step> steps, std::uint64_t arrived);

}  // namespace libre::sync
