#include "jobs/stdin_feed.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace libre::jobs {

void StdinFeed::offer(std::uint64_t offset, std::string_view bytes) {
  const std::uint64_t known =
      std::min<std::uint64_t>(bytes.size(), received_ - std::min(received_, offset));
  bytes.remove_prefix(static_cast<std::size_t>(known));
  while (!bytes.empty() && fd_ && !ended_) {
    const auto taken = bytes.substr(0, capacity - std::min(capacity, buffer_.size()));
    if (taken.empty()) return;  // full, so pump() will be called when the job has read
    buffer_.append(taken);
    bytes.remove_prefix(taken.size());
    received_ += taken.size();
    pump();
  }
  received_ += bytes.size();  // nobody will read them
}

void StdinFeed::pump() {
  while (fd_ && !buffer_.empty()) {
    const ssize_t put = ::write(fd_.get(), buffer_.data(), buffer_.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {  // nobody reads any more
      buffer_.clear();
      fd_.reset();
      return;
    }
    buffer_.erase(0, static_cast<std::size_t>(put));
  }
  if (!fd_ || !ended_) return;
  // A terminal has no end of its own: its end-of-file character says it.
  if (terminal_) {
    [[maybe_unused]] const auto put = ::write(fd_.get(), "\x04", 1);
  }
  fd_.reset();
}

}  // namespace libre::jobs
