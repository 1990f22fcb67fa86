#include "sync/watch/inotify.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace libre::sync {
namespace {

constexpr std::uint32_t interest = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                                   IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

Error limit_reached(const char* what, const char* setting, int reason) {
  Error error = system_error(what, reason);
  error.code = Errc::unsupported;
  error.hint = std::string("raise ") + setting + " with sysctl";
  return error;
}

Sign sign_of(const inotify_event& event, std::string path) {
  Sign sign{.path = std::move(path), .is_directory = (event.mask & IN_ISDIR) != 0};
  if (event.mask & (IN_CREATE | IN_MOVED_TO)) sign.kind = Sign::Kind::came;
  if (event.mask & (IN_DELETE | IN_MOVED_FROM)) sign.kind = Sign::Kind::went;
  if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
    sign.kind = Sign::Kind::went;
    sign.is_directory = true;
  }
  return sign;
}

}  // namespace

Result<Inotify> Inotify::open(const std::filesystem::path& root) {
  Fd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd)
    return limit_reached("cannot be told of changes", "fs.inotify.max_user_instances", errno);
  return Inotify(root, std::move(fd));
}

Result<void> Inotify::watch(const std::string& path) {
  const int id = ::inotify_add_watch(fd_.get(), (root_ / path).c_str(),
                                     interest | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK);
  if (id >= 0) {
    directories_[id] = path;
    named_.insert(id);
    return {};
  }
  // The walk will find what is wrong with a directory that cannot be opened; and one that is gone has
  // left a sign in its parent.
  if (errno != ENOSPC && errno != ENOMEM) return {};
  return limit_reached("cannot watch every directory", "fs.inotify.max_user_watches", errno);
}

void Inotify::end_round() {
  for (auto each = directories_.begin(); each != directories_.end();) {
    if (named_.contains(each->first)) {
      ++each;
      continue;
    }
    ::inotify_rm_watch(fd_.get(), each->first);
    each = directories_.erase(each);
  }
}

std::vector<Sign> Inotify::take() {
  std::vector<Sign> signs;
  alignas(inotify_event) char buffer[16 * 1024];
  for (ssize_t size = 0; (size = ::read(fd_.get(), buffer, sizeof buffer)) > 0;) {
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer + at, sizeof event);
      const char* name = buffer + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event + event.len);
      if (event.mask & IN_Q_OVERFLOW) signs.push_back({.kind = Sign::Kind::overflow});
      const auto directory = directories_.find(event.wd);
      if (directory == directories_.end()) continue;  // watched no more
      if (event.mask & IN_IGNORED) {                  // the kernel has ended this watch
        directories_.erase(directory);
        continue;
      }
      std::string path = directory->second;
      if (event.len > 0) path += (path.empty() ? "" : "/") + std::string(name);
      signs.push_back(sign_of(event, std::move(path)));
    }
  }
  return signs;
}

}  // namespace libre::sync
