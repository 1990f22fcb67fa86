#include "sync/delta/file_content.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>

#include "base/parallel.hpp"
#include "base/stream.hpp"
#include "sync/delta/copy_writer.hpp"
#include "sync/delta/passing.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t longest_piece = 256 * 1024;
constexpr std::size_t first_ahead = 16 * 1024;

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

Result<void> FileContent::hash(std::uint64_t offset, std::uint32_t block_size,
                               std::span<std::uint64_t> hashes) {
  const std::size_t run = std::max<std::size_t>(longest_piece / block_size, 1);
  std::atomic<bool> failed = false;
  in_parallel(hashes.size(), run, [&] {
    return [&, buffer = std::string(run * block_size, '\0')](std::size_t begin,
                                                             std::size_t end) mutable {
      const std::span bytes(buffer.data(), (end - begin) * block_size);
      if (failed || !read_exactly(fd_, offset + std::uint64_t{begin} * block_size, bytes)) {
        failed = true;
        return;
      }
      for (auto at = begin; at < end; ++at)
        hashes[at] = strong_hash({bytes.data() + (at - begin) * block_size, block_size});
    };
  });
  if (failed) return Error{Errc::not_found, "a file has become shorter while it was read"};
  return {};
}

namespace {

// Several works on all bytes of a file, by threads where it is large: each byte is read once.
Result<void> read_and_pass_on(int fd, std::uint64_t size, std::vector<Passing::Work> works,
                              const Wait& wait) {
  const auto passing = size < worth_threads ? nullptr : Passing::begin(works);
  const auto piece_size =
      static_cast<std::size_t>(std::min<std::uint64_t>(Passing::room_size, size));
  std::unique_ptr<char[]> own;
  if (!passing) own = std::make_unique_for_overwrite<char[]>(piece_size);
  for (std::uint64_t at = 0; at < size;) {
    LIBRE_CHECK(still_wanted(wait));
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, size - at));
    const std::span piece(passing ? passing->room().data() : own.get(), length);
    LIBRE_CHECK(read_exactly(fd, at, piece));
    if (passing)
      passing->add(length);
    else
      for (const auto& work : works) work(std::as_bytes(piece));
    at += length;
  }
  if (passing) passing->drain();
  return {};
}

}  // namespace

Result<BlockList> list_file(int fd, std::uint64_t size, std::uint32_t block_size,
                            const Wait& wait) {
  Digester digester;
  BlockLister lister(size, block_size, false);
  LIBRE_CHECK(read_and_pass_on(
      fd, size, {[&](auto bytes) { digester.add(bytes); }, [&](auto bytes) { lister.add(bytes); }},
      wait));
  auto list = lister.finish();
  list.digest = digester.finish();
  return list;
}

}  // namespace libre::sync
