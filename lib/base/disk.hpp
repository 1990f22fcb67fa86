// How much room a file system has.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace libre {

struct DiskSpace {
  std::uint64_t free = 0, total = 0;  // bytes; free: for users, without root's reserve
  std::uint64_t inodes_free = 0,
                inodes_total = 0;  // both 0 where the file system has no such limit
};

// nullopt where it cannot be asked: `place` is not there, or a server does not answer.
std::optional<DiskSpace> disk_space(const std::filesystem::path& place);
std::optional<DiskSpace> disk_space(int fd);

}  // namespace libre
