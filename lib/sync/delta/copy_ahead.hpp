// The copy of a large file that is made before it is known what of it will be wanted. Its sender has seen that its own
// file has changed, and reads it; meanwhile the receiver copies what it has. Then only what is other is written over it.
//
// The copy has no name (open(2), O_TMPFILE): what becomes of this process, nothing of it is left behind.
//
// All functions are for one thread.
#pragma once
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

struct Overwrite {
  std::uint64_t offset = 0;
  std::string bytes{};
};

class CopyAhead {
 public:
  // Begins to copy the file at `path`, which the sender has with `size` bytes. null where it is not worth it or cannot
  // be done: a small file, one core, a file system that shares blocks instead (append_range.hpp) or knows no files
  // without names, or too little room: somebody else may need that. And where its size is another one here: something
  // was inserted then, and most of it has moved.
  static std::unique_ptr<CopyAhead> begin(Rooted& root, const std::string& path,
                                          std::uint64_t size);
  CopyAhead(const CopyAhead&) = delete;
  CopyAhead& operator=(const CopyAhead&) = delete;
  ~CopyAhead();  // what was not taken is gone

  // Is it being made of the open file `original`, and has nobody written to that since it began?
  bool is_of(int original) const;

  std::uint64_t size() const { return size_; }  // that it has at the end

  // Writes `changes` over it, which come in ascending order and lie within it, apart from each other. Returns the digest
  // of the whole; nullopt where it could not be copied or written, and is of no use any more. Once.
  Result<std::optional<Digest>> finish(const std::vector<Overwrite>& changes, const Wait& wait);
  Fd take() { return std::move(to_); }  // after that: the file, open for reading and writing

 private:
  CopyAhead(Fd from, Fd to, const struct stat& original);
  void copy();  // the thread's
  // Until so much is copied, or all. False where it will not be.
  Result<bool> await(std::uint64_t size, const Wait& wait);
  Fd from_, to_;
  dev_t device_;
  Stamp original_;
  std::uint64_t size_;
  std::unique_ptr<char[]> buffer_;  // the thread's
  std::mutex mutex_;                // guards the three below
  std::condition_variable changed_;
  std::uint64_t copied_ = 0;
  bool stopping_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace libre::sync
