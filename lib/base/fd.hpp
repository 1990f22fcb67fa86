// A file descriptor with one owner, closed when the owner dies.
#pragma once
#include <libre/result.hpp>
#include <utility>

namespace libre {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

struct FdPair {
  Fd first, second;
};

// All descriptors made here are close-on-exec.
Result<FdPair> make_pipe();        // first reads what second writes
Result<FdPair> make_socketpair();  // unix, stream, both ends equal
Result<Fd> duplicate(int fd);
Result<void> set_nonblocking(int fd, bool on);

}  // namespace libre
