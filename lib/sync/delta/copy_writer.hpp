// The writing of a large file that is put together out of another one. The caller reads, one thread writes, and
// one makes the digest, all out of the same buffers: no byte is read again for its digest.
//
// All functions are for one thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <libre/result.hpp>

#include "base/digest.hpp"
#include "base/wait.hpp"
#include "sync/delta/passing.hpp"

namespace libre::sync {

// Of smaller files it is not worth the threads.
inline constexpr std::uint64_t worth_threads = 8u << 20;

class CopyWriter {
 public:
  // Adds to what `fd`, which is borrowed and open for appending, holds: `size` bytes with the digest `so_far`.
  // null where there is no second core, or no thread to be had; `so_far` is unchanged then.
  static std::unique_ptr<CopyWriter> begin(int fd, std::uint64_t size, Digester& so_far);
  CopyWriter(int fd, std::uint64_t size) : fd_(fd), size_(size), written_(size), to_disk_(size) {}
  CopyWriter(const CopyWriter&) = delete;
  CopyWriter& operator=(const CopyWriter&) = delete;
  ~CopyWriter();  // what was added is written

  // A failure to write may come with any later call.
  Result<void> add(std::string_view bytes);
  // Bytes of another open file. false where that file ends before: then some of them were added.
  Result<bool> add_from(int file, std::uint64_t offset, std::uint64_t length, const Wait& wait);

  std::uint64_t size() const { return size_; }  // with what was added
  Result<void> settle();                        // waits until all is written
  Digest digest();                              // of all

 private:
  void write(std::span<const std::byte> bytes);
  Result<void> trouble() const;
  int fd_;
  std::uint64_t size_;
  std::atomic<std::uint64_t> written_;
  std::uint64_t to_disk_;  // up to here the disk has been told to begin
  std::optional<Error> problem_;
  std::atomic<bool> failed_ = false;  // problem_ is set, and stays
  Digester digester_;                 // the other thread's
  std::unique_ptr<Passing> passing_;
};

}  // namespace libre::sync
