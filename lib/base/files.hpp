// Whole files. Nothing is ever written in place: write_file_atomic makes a temporary file beside
// the target, syncs it, and renames it, so a reader sees the old file or the new one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre {

Result<Fd> open_read(const std::filesystem::path& path);
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit = 256u << 20);
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content,
                               unsigned mode = 0600);
// The same without waiting for the disk: a loss of power may leave the file empty or torn. For what is
// checked when it is read, and costs only time when it is lost.
Result<void> write_file_soon(const std::filesystem::path& path, std::string_view content,
                             unsigned mode = 0600);
Result<void> write_all(int fd, std::string_view bytes);  // a blocking descriptor
Result<void> make_directories(const std::filesystem::path& path, unsigned mode = 0777);

// Makes sure that `path` is a directory of ours that nobody else can enter (0700), creating it
// where needed. Errc::denied where somebody else owns it.
Result<void> make_private_directory(const std::filesystem::path& path);

// Whether `path` still names the open file. A lock whose file was removed guards nothing any more.
bool is_same_file(int fd, const std::filesystem::path& path);

// A file lock held until the descriptor closes. Only for local file systems (NFS may not lock).
// Errc::exists where another process holds it.
Result<Fd> lock_file(const std::filesystem::path& path);

}  // namespace libre
