#include "sync/delta/block_memory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/stream.hpp"

namespace libre::sync {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t checksum_size = 16;
constexpr std::uint64_t largest_file = (std::uint64_t{max_listed_blocks} * 12) + 1024;

std::string checksum_of(std::string_view bytes) {
  const auto digest = digest_of(as_bytes(bytes));
  return {digest.bytes.begin(), digest.bytes.end()};
}

}  // namespace

fs::path BlockMemory::file_of(const Digest& content, std::uint64_t size) const {
  return directory_ / (content.hex() + "-" + std::to_string(size));
}

bool BlockMemory::knows(const ContentId& content) const {
  std::error_code ignored;
  return fs::exists(file_of(content.digest, content.size), ignored);
}

std::optional<BlockList> BlockMemory::find(const Digest& content, std::uint64_t size) const {
  const auto file = file_of(content, size);
  const auto bytes = read_file(file, largest_file);
  if (!bytes || bytes->size() < checksum_size) return std::nullopt;
  const auto body = std::string_view(*bytes).substr(0, bytes->size() - checksum_size);
  if (std::string_view(*bytes).substr(body.size()) != checksum_of(body)) return std::nullopt;
  auto list = decode_block_list(body);
  if (!list || list->digest != content || list->size != size) return std::nullopt;
  (void)::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);  // shrink() goes by this
  return *std::move(list);
}

Result<void> BlockMemory::remember(const BlockList& list) const {
  if (!is_listed(list.size)) return {};
  LIBRE_CHECK(make_directories(directory_, 0700));
  auto bytes = encode(list);
  bytes += checksum_of(bytes);
  return write_file_soon(file_of(list.digest, list.size), bytes);
}

Result<void> BlockMemory::shrink(std::uint64_t bytes) const {
  struct Remembered {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t size;
  };
  std::vector<Remembered> files;
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const auto used = at->last_write_time(gone);
    const auto size = at->file_size(gone);
    if (!gone) files.push_back({at->path(), used, size});
  }
  if (error == std::errc::no_such_file_or_directory) return {};
  if (error) return system_error("cannot read " + directory_.string(), error.value());
  std::sort(files.begin(), files.end(),
            [](const Remembered& a, const Remembered& b) { return a.used > b.used; });
  std::uint64_t kept = 0;
  for (const auto& file : files) {
    kept += file.size;
    if (kept <= bytes) continue;
    kept -= file.size;
    fs::remove(file.path, error);
  }
  return {};
}

}  // namespace libre::sync
