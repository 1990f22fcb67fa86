// An open file as what lists of blocks and deltas are made from.
#pragma once
#include "base/wait.hpp"
#include "sync/delta/delta.hpp"

namespace libre::sync {

// Reads ahead, the further the longer one goes on, so that neighbouring bytes cost one system call for
// many, and scattered ones no more than they are. Borrows the descriptor, and leaves
// its position alone. A file that has become shorter is Errc::not_found.
class FileContent final : public Content {
 public:
  explicit FileContent(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  Result<std::string_view> at(std::uint64_t offset, std::size_t length) override;
  // By several threads where there are many.
  Result<void> hash(std::uint64_t offset, std::uint32_t block_size,
                    std::span<std::uint64_t> hashes) override;

 private:
  int fd_;
  std::uint64_t size_;
  std::string buffer_;
  std::uint64_t begin_ = 0;  // of the buffer, in the file
  std::size_t ahead_ = 0;    // how much was read at once
};

// Reads the first `size` bytes, for their list and their digest. Of a large file, where there is a second core,
// one thread makes the digest, which is a chain, and one the list, out of the same buffers: so the two are of
// the same bytes, whoever writes meanwhile. Errc::not_found where the file has become shorter. Ends early as `wait` says.
Result<BlockList> list_file(int fd, std::uint64_t size, std::uint32_t block_size, const Wait& wait);

}  // namespace libre::sync
