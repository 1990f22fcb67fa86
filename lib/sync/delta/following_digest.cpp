#include "sync/delta/following_digest.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace libre::sync {

FollowingDigest::FollowingDigest(int fd, std::uint64_t size, Digester&& so_far)
    : fd_(fd), size_(size), done_(size), thread_([this] { follow(); }) {
  digester_ = std::move(so_far);  // the thread waits until there is something to read
}

FollowingDigest::~FollowingDigest() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FollowingDigest::grown_to(std::uint64_t size) {
  {
    const std::lock_guard lock(mutex_);
    size_ = size;
  }
  changed_.notify_all();
}

Digest FollowingDigest::current() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ == size_ || broken_; });
  return broken_ ? Digest{} : digester_.finish();
}

void FollowingDigest::follow() {
  std::vector<std::byte> buffer(256 * 1024);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return done_ < size_ || ending_; });
    if (ending_) return;
    const auto length = std::min<std::uint64_t>(buffer.size(), size_ - done_);
    const auto at = static_cast<off_t>(done_);
    lock.unlock();
    ssize_t got = 0;
    do got = ::pread(fd_, buffer.data(), static_cast<std::size_t>(length), at);
    while (got < 0 && errno == EINTR);
    if (got > 0) digester_.add(std::span(buffer.data(), static_cast<std::size_t>(got)));
    lock.lock();
    done_ += got > 0 ? static_cast<std::uint64_t>(got) : 0;
    broken_ = broken_ || got <= 0;
    if (broken_ || done_ == size_) changed_.notify_all();
    if (broken_) return;
  }
}

}  // namespace libre::sync
