#include "sync/rooted.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/disk.hpp"
#include "base/text.hpp"
#include "sync/directory.hpp"

namespace libre::sync {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

timespec timespec_of(std::int64_t ns) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t seconds = ns / second, rest = ns % second;
  if (rest < 0) {
    rest += second;
    --seconds;
  }
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<decltype(time.tv_nsec)>(rest);
  return time;
}

Result<std::string> target_of(int directory, const std::string& name) {
  std::string target(max_path + 1, '\0');
  const ssize_t size = ::readlinkat(directory, name.c_str(), target.data(), target.size());
  if (size < 0) return system_error("cannot read the symbolic link " + printable(name), errno);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace

std::string free_space_of(int fd) {
  const auto disk = disk_space(fd);
  return disk ? human_bytes(disk->free) + " free" : std::string();
}

Stamp stamp_of(const struct stat& status) {
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .mtime_ns = nanoseconds(status.st_mtim),
          .ctime_ns = nanoseconds(status.st_ctim),
          .inode = status.st_ino};
}

Result<Found> found_of(int directory, const std::string& name, const struct stat& status) {
  Found found;
  found.stamp = stamp_of(status);
  found.executable = (status.st_mode & S_IXUSR) != 0;
  if (S_ISREG(status.st_mode)) return found;
  found.kind = S_ISDIR(status.st_mode)   ? FoundKind::directory
               : S_ISLNK(status.st_mode) ? FoundKind::symlink
                                         : FoundKind::special;
  if (found.kind == FoundKind::symlink) {
    LIBRE_TRY(found.target, target_of(directory, name));
  }
  return found;
}

// Most files are small: a large buffer for each of them would cost more than to read it, and so would looking for more
// where all that was expected has come.
Result<Digest> digest_of_file(int fd, std::uint64_t expected) {
  constexpr std::uint64_t smallest = 4096, largest = 256 * 1024;
  const auto size = static_cast<std::size_t>(std::clamp(expected + 1, smallest, largest));
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
  Digester digester;
  for (std::uint64_t offset = 0;;) {
    const ssize_t got = ::pread(fd, buffer.get(), size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", errno);
    const auto part = std::span(buffer.get(), static_cast<std::size_t>(got));
    digester.add(part);
    offset += part.size();
    const bool is_end = part.size() < size && offset == expected;
    if (part.empty() || is_end) return digester.finish();
  }
}

Result<Rooted> Rooted::open(const std::filesystem::path& root) {
  Fd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return system_error("cannot open the directory " + root.string(), errno);
  return Rooted(root, std::make_shared<const Fd>(std::move(fd)));
}

std::string Rooted::shown(std::string_view path) const {
  return printable(path.empty() ? root_.string() : root_.string() + "/" + std::string(path));
}

Error Rooted::failed(const char* what, std::string_view path, int reason) const {
  auto error = system_error(std::string("cannot ") + what + " " + shown(path), reason);
  if (reason == ELOOP || reason == ENOTDIR)
    return Error{Errc::not_found, error.message,
                 "a symbolic link or a file is in the way; links are not followed",
                 "name the place it points to, or remove it"};
  if (error.code == Errc::disk_full) {
    error.cause += " (" + free_space_of(fd()) + ")";
    error.hint = "free some space there and try again; what has arrived is kept";
  }
  return error;
}

// What is open of that name, or below it, may be another directory from now on.
void Rooted::forget(std::string_view path) {
  for (auto& open : open_)
    if (open.path == path || is_below(open.path, path)) open = {};
}

Result<int> Rooted::enter(std::string_view directory) {
  if (directory.empty()) return fd();
  if (open_[1].fd && open_[1].path == directory) std::swap(open_[0], open_[1]);
  if (open_[0].fd && open_[0].path == directory) return open_[0].fd.get();
  // Goes on from an open directory where one is on the way.
  std::string_view above;
  int at = fd();
  for (const auto& open : open_) {
    if (!open.fd || open.path.size() <= above.size() || !is_below(directory, open.path)) continue;
    above = open.path;
    at = open.fd.get();
  }
  auto rest = directory.substr(above.empty() ? 0 : above.size() + 1);
  Fd current;
  while (!rest.empty()) {
    const std::string component(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(rest.size(), component.size() + 1));
    Fd next(::openat(at, component.c_str(), directory_flags));
    if (!next) return failed("enter", directory, errno);
    current = std::move(next);
    at = current.get();
  }
  open_[1] = std::exchange(open_[0], {std::string(directory), std::move(current)});
  return open_[0].fd.get();
}

Result<Rooted::Place> Rooted::place(std::string_view path) {
  if (!is_valid_path(path))
    return Error{Errc::denied, "the path \"" + printable(path) + "\" leads out of " +
                                   root_.string() + " or is no path"};
  LIBRE_TRY(const int directory, enter(parent_of(path)));
  return Place{directory, std::string(name_in(path))};
}

Result<std::optional<Found>> Rooted::look(std::string_view path) {
  auto place_of = place(path);
  if (!place_of) {
    if (place_of.error().code == Errc::not_found) return std::optional<Found>{};
    return place_of.error();
  }
  struct stat status {};
  if (::fstatat(place_of->directory, place_of->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<Found>{};
    return failed("look at", path, errno);
  }
  LIBRE_TRY(auto found, found_of(place_of->directory, place_of->name, status));
  return std::optional<Found>(std::move(found));
}

Result<OpenFile> Rooted::open_file(std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  // O_NONBLOCK: a pipe put there in the meantime must not hold us up. O_NOATIME, for the owner only: that we have
  // read a file is of no interest, and noting it costs a third of reading a small one.
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Fd fd(::openat(at.directory, at.name.c_str(), flags | O_NOATIME));
  if (!fd && errno == EPERM) fd = Fd(::openat(at.directory, at.name.c_str(), flags));
  if (!fd) return failed("open", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed("look at", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{Errc::denied, shown(path) + " is no regular file"};
  return OpenFile{std::move(fd), stamp_of(status)};
}

Result<Fd> Rooted::open_for_append(std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  Fd fd(::openat(at.directory, at.name.c_str(),
                 O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
  if (!fd) return failed("create", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed("look at", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{Errc::denied, shown(path) + " is no regular file"};
  return fd;
}

Result<std::optional<Fd>> Rooted::open_new(std::string_view path, bool executable) {
  LIBRE_TRY(const auto at, place(path));
  Fd fd(::openat(at.directory, at.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                 executable ? 0777 : 0666));
  if (fd) return std::optional(std::move(fd));
  if (errno == EEXIST) return std::optional<Fd>();
  return failed("create", path, errno);
}

Result<Fd> Rooted::open_unnamed() {
  Fd fd(::openat(fd_->get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (!fd) return failed("create a file in", "", errno);
  return fd;
}

Result<void> Rooted::give_name(int file, std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  const auto link = "/proc/self/fd/" + std::to_string(file);
  if (::linkat(AT_FDCWD, link.c_str(), at.directory, at.name.c_str(), AT_SYMLINK_FOLLOW) == 0)
    return {};
  return failed("create", path, errno);
}

Result<void> Rooted::make_directory(std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  if (::mkdirat(at.directory, at.name.c_str(), 0777) == 0) {
    forget(path);  // one of that name that is open is another one, which somebody has removed
    return {};
  }
  const int reason = errno;
  forget(path);  // somebody else may just have made it anew
  struct stat status {};
  if (reason == EEXIST &&
      ::fstatat(at.directory, at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR(status.st_mode))
    return {};
  return failed("make the directory", path, reason);
}

Result<void> Rooted::remove_file(std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  if (::unlinkat(at.directory, at.name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return failed("remove", path, errno);
}

Result<bool> Rooted::remove_directory(std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  if (::unlinkat(at.directory, at.name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
    forget(path);
    return true;
  }
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return false;
  return failed("remove the directory", path, errno);
}

Result<void> Rooted::rename(std::string_view from, std::string_view to) {
  LIBRE_TRY(const auto source, place(from));
  LIBRE_TRY(const auto target, place(to));  // the directory of the source stays open: two do
  if (::renameat(source.directory, source.name.c_str(), target.directory, target.name.c_str()) == 0)
    return {};
  return failed("put in place", to, errno);
}

Result<bool> Rooted::rename_to_new(std::string_view from, std::string_view to) {
  LIBRE_TRY(const auto source, place(from));
  LIBRE_TRY(const auto target, place(to));
  if (::renameat2(source.directory, source.name.c_str(), target.directory, target.name.c_str(),
                  RENAME_NOREPLACE) == 0) {
    forget(from);
    forget(to);
    return true;
  }
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) return failed("move", from, errno);
  // A file system without that flag: look, then rename.
  struct stat status {};
  if (::fstatat(target.directory, target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return false;
  if (::renameat(source.directory, source.name.c_str(), target.directory, target.name.c_str()) != 0)
    return failed("move", from, errno);
  forget(from);
  forget(to);
  return true;
}

Result<bool> Rooted::hard_link(std::string_view from, std::string_view to) {
  LIBRE_TRY(const auto source, place(from));
  LIBRE_TRY(const auto target, place(to));
  if (::linkat(source.directory, source.name.c_str(), target.directory, target.name.c_str(), 0) ==
      0)
    return true;
  if (errno == EEXIST) return false;
  return failed("keep", from, errno);
}

Result<void> Rooted::make_link(const std::string& target, std::string_view path) {
  LIBRE_TRY(const auto at, place(path));
  if (::symlinkat(target.c_str(), at.directory, at.name.c_str()) == 0) return {};
  return failed("make the symbolic link", path, errno);
}

Result<void> Rooted::set_attributes(std::string_view path, bool executable, std::int64_t mtime_ns) {
  LIBRE_TRY(const auto file, open_file(path));
  return set_attributes(file.get(), path, executable, mtime_ns);
}

Result<void> Rooted::set_attributes(int file, std::string_view path, bool executable,
                                    std::int64_t mtime_ns) const {
  struct stat status {};
  if (::fstat(file, &status) != 0) return failed("look at", path, errno);
  // Executable for those who may read it.
  const mode_t readers = (status.st_mode & 0444u) >> 2;
  const mode_t mode =
      executable ? (status.st_mode & 0777u) | readers | S_IXUSR : status.st_mode & 0666u;
  if (mode != (status.st_mode & 0777u) && ::fchmod(file, mode) != 0)
    return failed("set the mode of", path, errno);
  return set_mtime(file, path, mtime_ns);
}

Result<void> Rooted::set_mtime(int file, std::string_view path, std::int64_t mtime_ns) const {
  timespec times[2]{};
  times[0].tv_nsec = UTIME_OMIT;
  times[1] = timespec_of(mtime_ns);
  if (::futimens(file, times) != 0) return failed("set the time of", path, errno);
  return {};
}

Result<std::vector<std::string>> Rooted::list(std::string_view directory) {
  if (!directory.empty() && !is_valid_path(directory))
    return Error{Errc::denied,
                 "the path \"" + printable(directory) + "\" leads out of " + root_.string()};
  LIBRE_TRY(const int at, enter(directory));
  Fd own(::openat(at, ".", directory_flags));
  if (!own) return failed("list", directory, errno);
  const auto items = read_directory(std::move(own));
  if (!items) return system_error("cannot list " + shown(directory), errno);
  std::vector<std::string> names;
  for (const auto& item : *items) names.push_back(item.name);
  return names;
}

}  // namespace libre::sync
