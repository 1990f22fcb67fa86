// The lists of blocks of the large contents that this side has sent or received, one file for each
// content, named by it. So a list serves every instance and every path that has the content, and is
// read only when it is needed. A help only: a missing, damaged or wrong one costs time, never bytes.
//
//   file = list (block_list.hpp) checksum:16
#pragma once
#include <filesystem>
#include <optional>

#include "sync/core/tree.hpp"
#include "sync/delta/block_list.hpp"

namespace libre::sync {

class BlockMemory {
 public:
  explicit BlockMemory(std::filesystem::path directory) : directory_(std::move(directory)) {}

  bool knows(const ContentId& content) const;  // find() may still see that it is damaged
  // Nothing where it is not known. What is found counts as used now.
  std::optional<BlockList> find(const Digest& content, std::uint64_t size) const;
  // Makes the directory where it is missing. Contents that are not listed (block_list.hpp) are left out.
  Result<void> remember(const BlockList& list) const;
  // Forgets those that were not used for longest, until the others take no more than `bytes`.
  Result<void> shrink(std::uint64_t bytes) const;

 private:
  std::filesystem::path file_of(const Digest& content, std::uint64_t size) const;
  std::filesystem::path directory_;
};

// 3 MiB for each GiB of content.
inline constexpr std::uint64_t usual_memory_size = std::uint64_t{256} << 20;

}  // namespace libre::sync
