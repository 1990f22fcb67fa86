#include "base/disk.hpp"

#include <sys/statvfs.h>

namespace libre {
namespace {

DiskSpace space_of(const struct ::statvfs& status) {
  return {.free = std::uint64_t{status.f_bavail} * status.f_frsize,
          .total = std::uint64_t{status.f_blocks} * status.f_frsize,
          .inodes_free = status.f_favail,
          .inodes_total = status.f_files};
}

}  // namespace

std::optional<DiskSpace> disk_space(const std::filesystem::path& place) {
  struct ::statvfs status {};
  if (::statvfs(place.c_str(), &status) != 0) return std::nullopt;
  return space_of(status);
}

std::optional<DiskSpace> disk_space(int fd) {
  struct ::statvfs status {};
  if (::fstatvfs(fd, &status) != 0) return std::nullopt;
  return space_of(status);
}

}  // namespace libre
