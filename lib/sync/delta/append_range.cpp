#include "sync/delta/append_range.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/files.hpp"

namespace libre::sync {
namespace {

// copy_file_range(2) refuses a descriptor that is open for appending.
class NotAppending {
 public:
  explicit NotAppending(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) {
    if (is_appending()) ::fcntl(fd_, F_SETFL, flags_ & ~O_APPEND);
  }
  NotAppending(const NotAppending&) = delete;
  NotAppending& operator=(const NotAppending&) = delete;
  ~NotAppending() {
    if (is_appending()) ::fcntl(fd_, F_SETFL, flags_);
  }

 private:
  bool is_appending() const { return flags_ >= 0 && (flags_ & O_APPEND) != 0; }
  int fd_;
  int flags_;
};

bool kernel_cannot(int reason) {
  return reason == EXDEV || reason == EINVAL || reason == ENOSYS || reason == EOPNOTSUPP ||
         reason == EPERM || reason == EBADF;
}

Result<std::uint64_t> read_and_write(int to, std::uint64_t size, int from, std::uint64_t offset,
                                     std::uint64_t length) {
  std::string buffer(static_cast<std::size_t>(std::min(length, copy_step)), '\0');
  ssize_t got = 0;
  do got = ::pread(from, buffer.data(), buffer.size(), static_cast<off_t>(offset));
  while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("cannot read the old file", errno);
  buffer.resize(static_cast<std::size_t>(got));
  if (::lseek(to, static_cast<off_t>(size), SEEK_SET) < 0)
    return system_error("cannot write", errno);
  LIBRE_CHECK(write_all(to, buffer));
  return static_cast<std::uint64_t>(got);
}

}  // namespace

Result<std::uint64_t> append_range(int to, std::uint64_t size, int from, std::uint64_t offset,
                                   std::uint64_t length) {
  {
    const NotAppending guard(to);
    auto in = static_cast<off_t>(offset), out = static_cast<off_t>(size);
    ssize_t copied = 0;
    do copied = ::copy_file_range(from, &in, to, &out, static_cast<std::size_t>(length), 0);
    while (copied < 0 && errno == EINTR);
    if (copied >= 0) return static_cast<std::uint64_t>(copied);
    if (!kernel_cannot(errno)) return system_error("cannot write", errno);
  }
  return read_and_write(to, size, from, offset, length);
}

bool may_share_blocks(int fd) {
  struct statfs status {};
  if (::fstatfs(fd, &status) != 0) return true;
  const auto type = static_cast<unsigned long>(status.f_type);
  return type != EXT4_SUPER_MAGIC && type != TMPFS_MAGIC;
}

std::uint64_t begin_writing_to_disk(int fd, std::uint64_t told, std::uint64_t size) {
  if (size - told < writing_step) return told;
  (void)::sync_file_range(fd, static_cast<off_t>(told), static_cast<off_t>(size - told),
                          SYNC_FILE_RANGE_WRITE);
  return size;
}

}  // namespace libre::sync
