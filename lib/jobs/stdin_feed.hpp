// What a job reads: bytes that come with offsets, kept until the job takes them.
//
// Bytes before received() are skipped, so a piece that was sent twice (because a connection broke)
// is read once. At most `capacity` bytes are kept; what does not fit stays with the sender. The
// descriptor is never blocked on.
#pragma once
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre::jobs {

class StdinFeed {
 public:
  static constexpr std::size_t capacity = 256u << 10;

  StdinFeed() = default;  // a job that reads nothing
  StdinFeed(Fd fd, bool terminal) : fd_(std::move(fd)), terminal_(terminal) {}

  bool open() const { return static_cast<bool>(fd_); }
  std::uint64_t received() const { return received_; }

  // Takes what fits and is new of the piece at `offset`; call again when there is space, until
  // received() is at the piece's end. Bytes for a closed feed are counted and dropped.
  void offer(std::uint64_t offset, std::string_view bytes);
  void end() {
    ended_ = true;
    pump();
  }

  bool wants_to_write() const { return fd_ && !buffer_.empty(); }
  int fd() const { return fd_.get(); }
  void
  pump();  // writes what the job takes now; closes after the end, or when the job stopped reading

 private:
  Fd fd_;
  bool terminal_ = false;
  bool ended_ = false;
  std::uint64_t received_ = 0;
  std::string buffer_;
};

}  // namespace libre::jobs
