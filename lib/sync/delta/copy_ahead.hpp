// The copy of a large file that is made before it is known what of it will be wanted. Its sender has seen that its own
// file has changed, and reads it; meanwhile the receiver copies what it has. Then only what is other is written over it.
//
// The copy has no name (open(2), O_TMPFILE): whatever becomes of this process, nothing of it is left behind. One that
// nobody comes for is emptied after some minutes.
//
// All functions are for one thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.hpp"
#include "base/wait.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

// Smaller files are copied in less time than is saved.
inline constexpr std::uint64_t worth_copying_ahead = std::uint64_t{64} << 20;

// A copy that nobody has come for so long after it was made is emptied.
inline constexpr std::chrono::minutes copy_lifetime{5};

// Bytes that lie at an offset of the copy, instead of what was copied there.
struct Overwrite {
  std::uint64_t offset = 0;
  std::string bytes{};
};

class CopyAhead {
 public:
  // Begins to copy the file at `path`, which the sender has with `size` bytes. null where it is not worth it or cannot
  // be done: a small file, one core, another file system than ext4 (others share blocks instead, or have no disk that
  // would be waited for), or less room than twice the file: somebody else may need that. And where its size is another
  // one here: something was inserted then, and most of it has moved.
  static std::unique_ptr<CopyAhead> begin(Rooted& root, const std::string& path,
                                          std::uint64_t size);
  CopyAhead(const CopyAhead&) = delete;
  CopyAhead& operator=(const CopyAhead&) = delete;
  ~CopyAhead();  // what was not taken is gone, and its room is free

  const std::string& path() const { return path_; }  // of what is copied
  std::uint64_t size() const { return size_; }       // bytes that it has at the end
  // Is it being made of the open file `original`, and has nobody written to that since it began?
  bool is_of(int original) const;

  // Writes `changes` over it, which come in ascending order and lie within it, apart from each other. Returns the digest
  // of the whole; nullopt where it could not be copied or written, and is of no use any more. Can be repeated.
  Result<std::optional<Digest>> finish(const std::vector<Overwrite>& changes, const Wait& wait);
  Fd take() { return std::move(to_); }  // after that: the file, open for reading and writing

 private:
  CopyAhead(std::string path, Fd from, Fd to, const struct stat& original);
  void copy();     // the thread's, and …
  void forfeit();  // … what it does then
  // Until so much is copied, or all. False where it will not be.
  Result<bool> await(std::uint64_t size, const Wait& wait);
  std::string path_;
  Fd from_, to_;
  dev_t device_;
  Stamp original_;
  std::uint64_t size_;
  std::unique_ptr<char[]> buffer_;  // the thread's
  std::mutex mutex_;                // guards the four below
  std::condition_variable changed_;
  std::uint64_t copied_ = 0;
  bool stopping_ = false, ended_ = false, wanted_ = false;
  std::thread thread_;
};

}  // namespace libre::sync
