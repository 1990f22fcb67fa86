#include "base/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/new_file.hpp"

namespace libre {
namespace fs = std::filesystem;

Result<Fd> open_read(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error("cannot open " + path.string(), errno);
  return fd;
}

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
  LIBRE_TRY(const Fd fd, open_read(path));
  std::string content;
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && status.st_size > 0)
    content.reserve(std::min(static_cast<std::uint64_t>(status.st_size), limit));
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read " + path.string(), errno);
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > limit) return Error{Errc::io, path.string() + " is larger than it may be"};
  }
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

namespace {

Result<void> replace_file(const fs::path& path, std::string_view content, unsigned mode,
                          NewFile::Disk disk) {
  LIBRE_TRY(auto file, NewFile::begin(path, mode));
  LIBRE_CHECK(file.add(content));
  return file.put_in_place(disk);
}

}  // namespace

Result<void> write_file_atomic(const fs::path& path, std::string_view content, unsigned mode) {
  return replace_file(path, content, mode, NewFile::Disk::now);
}

Result<void> write_file_soon(const fs::path& path, std::string_view content, unsigned mode) {
  return replace_file(path, content, mode, NewFile::Disk::soon);
}

Result<void> make_directories(const fs::path& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  const int reason = errno;
  if (reason == EEXIST) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return {};
  }
  if (reason != ENOENT || !path.has_relative_path())
    return system_error("cannot make the directory " + path.string(), reason);
  LIBRE_CHECK(make_directories(path.parent_path(), mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    return system_error("cannot make the directory " + path.string(), errno);
  return {};
}

Result<void> make_private_directory(const fs::path& path) {
  LIBRE_CHECK(make_directories(path, 0700));
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return system_error("cannot look at " + path.string(), errno);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
    return Error{Errc::denied, path.string() + " belongs to somebody else",
                 "it must be a directory of yours", "remove it, or ask its owner to"};
  if ((status.st_mode & 0777) != 0700 && ::chmod(path.c_str(), 0700) != 0)
    return system_error("cannot make " + path.string() + " private", errno);
  return {};
}

Result<Fd> lock_file(const fs::path& path) {
  for (;;) {
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_error("cannot open the lock " + path.string(), errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_same_file(fd.get(), path)) return fd;
      continue;  // removed between open and flock: that lock guards nothing
    }
    if (errno == EWOULDBLOCK)
      return Error{Errc::exists, path.string() + " is locked by another process"};
    return system_error("cannot lock " + path.string(), errno);
  }
}

bool is_same_file(int fd, const fs::path& path) {
  struct stat open {
  }, named{};
  return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace libre
