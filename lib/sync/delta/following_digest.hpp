// The digest of a file that grows, made by a thread of its own behind the one that writes it. For large
// files: copying 1 GiB takes 0.32 s and its digest 0.18 s, which need not come after it on a second core.
//
// All functions are for the writing thread. Borrows the descriptor, and reads it at its own positions.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/digest.hpp"

namespace libre::sync {

// Of smaller files it is not worth a thread.
inline constexpr std::uint64_t followed_size = 8u << 20;

class FollowingDigest {
 public:
  // `so_far` is that of the first `size` bytes. Throws std::system_error where no thread can be had, and
  // leaves `so_far` as it is then.
  FollowingDigest(int fd, std::uint64_t size, Digester&& so_far);
  FollowingDigest(const FollowingDigest&) = delete;
  FollowingDigest& operator=(const FollowingDigest&) = delete;
  ~FollowingDigest();

  void grown_to(std::uint64_t size);  // so much can be read now
  // Waits until all of it has been read. What could not be read makes this the digest of something
  // else, so that it fits nothing that is expected.
  Digest current();

 private:
  void follow();
  int fd_;
  std::mutex
      mutex_;  // guards the four below; the digester belongs to the thread while done_ < size_
  std::condition_variable changed_;
  std::uint64_t size_, done_;
  bool broken_ = false, ending_ = false;
  Digester digester_;
  std::thread thread_;
};

}  // namespace libre::sync
