#include "sync/delta/copy_ahead.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/disk.hpp"
#include "base/stream.hpp"
#include "sync/delta/append_range.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t copy_piece = 512 * 1024;

bool write_at(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return true;
}

// How much of it was there; 0 for a failure, too.
std::size_t read_at(int fd, std::uint64_t offset, char* bytes, std::size_t size) {
  ssize_t got = 0;
  do got = ::pread(fd, bytes, size, static_cast<off_t>(offset));
  while (got < 0 && errno == EINTR);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

bool is_ext4(int fd) {
  struct statfs status {};
  return ::fstatfs(fd, &status) == 0 && status.f_type == EXT4_SUPER_MAGIC;
}

}  // namespace

std::unique_ptr<CopyAhead> CopyAhead::begin(Rooted& root, const std::string& path,
                                            std::uint64_t size) {
  auto from = root.open_file(path);
  struct stat status {};
  if (!from || ::fstat(from->get(), &status) != 0) return nullptr;
  if (size < worth_copying_ahead || size != static_cast<std::uint64_t>(status.st_size) ||
      std::thread::hardware_concurrency() < 2)
    return nullptr;
  // It gets its name by that.
  const bool may_get_a_name = ::access("/proc/self/fd", X_OK) == 0;
  if (!may_get_a_name || !is_ext4(from->get())) return nullptr;
  auto to = root.open_unnamed();
  const auto disk = to ? disk_space(to->get()) : std::nullopt;
  if (!disk || disk->free / 2 < size) return nullptr;
  std::unique_ptr<CopyAhead> ahead(
      new CopyAhead(path, std::move(from->fd), std::move(*to), status));
  try {
    ahead->thread_ = std::thread([it = ahead.get()] { it->copy(); });
  } catch (const std::system_error&) {
    return nullptr;
  }
  return ahead;
}

CopyAhead::CopyAhead(std::string path, Fd from, Fd to, const struct stat& original)
    : path_(std::move(path)),
      from_(std::move(from)),
      to_(std::move(to)),
      device_(original.st_dev),
      original_(stamp_of(original)),
      size_(static_cast<std::uint64_t>(original.st_size)),
      buffer_(std::make_unique_for_overwrite<char[]>(copy_piece)) {}

CopyAhead::~CopyAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CopyAhead::copy() {
  std::uint64_t told = 0;
  for (std::uint64_t at = 0; at < size_;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(copy_piece, size_ - at));
    const auto got = read_at(from_.get(), at, buffer_.get(), wanted);
    if (got == 0 || !write_at(to_.get(), at, {buffer_.get(), got})) break;
    at += got;
    told = begin_writing_to_disk(to_.get(), told, at);
    const std::lock_guard lock(mutex_);
    copied_ = at;
    if (stopping_) break;
    changed_.notify_all();
  }
  forfeit();
}

void CopyAhead::forfeit() {
  std::unique_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
  if (changed_.wait_for(lock, copy_lifetime, [&] { return stopping_ || wanted_; })) return;
  copied_ = 0;
  (void)!::ftruncate(to_.get(), 0);
}

bool CopyAhead::is_of(int original) const {
  struct stat status {};
  return ::fstat(original, &status) == 0 && status.st_dev == device_ &&
         stamp_of(status) == original_;
}

Result<bool> CopyAhead::await(std::uint64_t size, const Wait& wait) {
  constexpr std::chrono::milliseconds look_up{100};  // whether anybody still waits for it
  std::unique_lock lock(mutex_);
  while (copied_ < size && !ended_) {
    LIBRE_CHECK(still_wanted(wait));
    changed_.wait_for(lock, look_up);
  }
  return copied_ >= size;
}

Result<std::optional<Digest>> CopyAhead::finish(const std::vector<Overwrite>& changes,
                                                const Wait& wait) {
  const auto piece = std::make_unique_for_overwrite<char[]>(copy_piece);
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_all();
  Digester digester;
  auto change = changes.begin();
  for (std::uint64_t at = 0; at < size_;) {
    const auto end = std::min<std::uint64_t>(at + copy_piece, size_);
    LIBRE_TRY(bool copied, await(end, wait));
    for (; copied && change != changes.end() && change->offset < end; ++change) {
      LIBRE_TRY(copied, await(change->offset + change->bytes.size(), wait));
      copied = copied && write_at(to_.get(), change->offset, change->bytes);
    }
    const auto got =
        copied ? read_at(to_.get(), at, piece.get(), static_cast<std::size_t>(end - at)) : 0;
    if (got == 0) return std::optional<Digest>();
    digester.add(as_bytes({piece.get(), got}));
    at += got;
  }
  return std::optional(digester.finish());
}

}  // namespace libre::sync
