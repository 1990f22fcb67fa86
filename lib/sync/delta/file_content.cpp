#include "sync/delta/file_content.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/stream.hpp"
#include "sync/delta/digest_beside.hpp"
#include "sync/delta/following_digest.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t longest_piece = 256 * 1024;
constexpr std::size_t first_ahead = 16 * 1024;
constexpr std::size_t listed_piece = DigestBeside::room_size;

Result<void> read_exactly(int fd, std::uint64_t offset, std::span<char> out) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", errno);
    if (got == 0) return Error{Errc::not_found, "a file has become shorter while it was read"};
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace

Result<std::string_view> FileContent::at(std::uint64_t offset, std::size_t length) {
  const bool is_there = offset >= begin_ && offset - begin_ <= buffer_.size() &&
                        length <= buffer_.size() - (offset - begin_);
  if (!is_there) {
    if (offset > size_ || length > size_ - offset)
      return Error{Errc::internal, "bytes behind the end of a file were asked for"};
    const bool goes_on = offset >= begin_ && offset - begin_ <= buffer_.size();
    ahead_ = goes_on ? std::min(std::max(2 * ahead_, first_ahead), longest_piece) : first_ahead;
    buffer_.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(std::max(length, ahead_), size_ - offset)));
    begin_ = offset;
    auto read = read_exactly(fd_, offset, buffer_);
    if (!read) {
      buffer_.clear();
      return std::move(read).error();
    }
  }
  return std::string_view(buffer_).substr(static_cast<std::size_t>(offset - begin_), length);
}

Result<BlockList> list_file(int fd, std::uint64_t size, std::uint32_t block_size,
                            const Wait& wait) {
  const auto digest = size < followed_size ? nullptr : DigestBeside::begin();
  const auto piece_size = static_cast<std::size_t>(std::min<std::uint64_t>(listed_piece, size));
  std::unique_ptr<char[]> own;
  if (!digest) own = std::make_unique_for_overwrite<char[]>(piece_size);
  BlockLister lister(size, block_size, !digest);
  for (std::uint64_t at = 0; at < size;) {
    LIBRE_CHECK(still_wanted(wait));
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, size - at));
    const std::span piece(digest ? digest->room() : own.get(), length);
    LIBRE_CHECK(read_exactly(fd, at, piece));
    if (digest) digest->add(length);
    lister.add(std::as_bytes(piece));
    at += length;
  }
  auto list = lister.finish();
  if (digest) list.digest = digest->finish();
  return list;
}

}  // namespace libre::sync
