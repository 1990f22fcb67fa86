#include "sync/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace libre::sync {
namespace {

struct Closer {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

FoundKind kind_of(int directory, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return FoundKind::file;
    case DT_DIR:
      return FoundKind::directory;
    case DT_LNK:
      return FoundKind::symlink;
    case DT_UNKNOWN:
      break;
    default:
      return FoundKind::special;
  }
  struct stat status {};  // a file system that does not say
  if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return FoundKind::file;
  if (S_ISREG(status.st_mode)) return FoundKind::file;
  if (S_ISDIR(status.st_mode)) return FoundKind::directory;
  return S_ISLNK(status.st_mode) ? FoundKind::symlink : FoundKind::special;
}

}  // namespace

Result<std::vector<DirectoryItem>> read_directory(Fd directory) {
  const std::unique_ptr<DIR, Closer> stream(::fdopendir(directory.get()));
  if (!stream) return system_error("cannot list a directory", errno);
  const int fd = directory.release();  // the stream closes it
  std::vector<DirectoryItem> items;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (!entry && errno != 0) return system_error("cannot list a directory", errno);
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") items.push_back({std::string(name), kind_of(fd, *entry)});
  }
  std::sort(items.begin(), items.end(),
            [](const DirectoryItem& a, const DirectoryItem& b) { return a.name < b.name; });
  return items;
}

}  // namespace libre::sync
