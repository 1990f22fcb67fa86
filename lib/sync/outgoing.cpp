#include "sync/outgoing.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/stream.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t longest_read = 256 * 1024;

}  // namespace

// The next bytes, at most up to `end`: 0 where the file ends before, nullopt where it cannot be read.
std::optional<std::string_view> Outgoing::read_to(std::uint64_t end) {
  if (!buffer_)
    buffer_ = std::make_unique_for_overwrite<char[]>(
        static_cast<std::size_t>(std::min<std::uint64_t>(longest_read, expected_.size)));
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(longest_read, end - at_));
  ssize_t got = 0;
  do got = ::pread(fd_.get(), buffer_.get(), size, static_cast<off_t>(at_));
  while (got < 0 && errno == EINTR);
  if (got < 0) return std::nullopt;
  const std::string_view bytes(buffer_.get(), static_cast<std::size_t>(got));
  at_ += bytes.size();
  if (expected_.with_digest) digester_.add(as_bytes(bytes));
  return bytes;
}

ContentPiece Outgoing::end(ContentStatus status) {
  fd_.reset();
  const auto digest = expected_.with_digest ? digester_.finish() : expected_.digest;
  return {.is_end = true, .end = {status, digest}};
}

bool Outgoing::is_as_expected(const Stamp& stamp) const {
  return stamp.size == expected_.size && stamp.mtime_ns == expected_.mtime_ns;
}

bool Outgoing::is_unchanged() const {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 && is_as_expected(stamp_of(status));
}

// Goes to the offset; where a digest is wanted the skipped bytes are read too.
bool Outgoing::skip() {
  while (expected_.with_digest && at_ < expected_.offset) {
    const auto bytes = read_to(expected_.offset);
    if (!bytes || bytes->empty()) return false;
  }
  at_ = expected_.offset;
  return true;
}

// Takes the next step where the last one is done: a copy at once, a literal by what follows.
std::optional<ContentPiece> Outgoing::next_copy() {
  if (!expected_.steps) stop_ = expected_.size;
  if (at_ < stop_ || step_ == expected_.steps->size()) return std::nullopt;
  const Step& step = (*expected_.steps)[step_++];
  stop_ = at_ + step.length;
  if (step.kind == Step::Kind::literal) return std::nullopt;
  at_ = stop_;
  return ContentPiece{.copy = CopyRange{step.offset, step.length}};
}

Result<ContentPiece> Outgoing::next() {
  if (!fd_) {
    auto file = root_.open_file(path_);
    if (!file)
      return end(file.error().code == Errc::not_found ? ContentStatus::gone
                                                      : ContentStatus::unreadable);
    fd_ = std::move(file->fd);
    if (!is_as_expected(file->stamp) || expected_.offset > expected_.size || !skip())
      return end(ContentStatus::gone);
  }
  if (at_ == expected_.size)
    return end(is_unchanged() ? ContentStatus::complete : ContentStatus::gone);
  if (auto copy = next_copy()) return std::move(*copy);
  if (stop_ <= at_ || stop_ > expected_.size)
    return Error{Errc::internal, "the steps of a file do not lead to its end"};
  const auto bytes = read_to(stop_);
  if (!bytes || bytes->empty()) return end(bytes ? ContentStatus::gone : ContentStatus::unreadable);
  return ContentPiece{.bytes = *bytes};
}

}  // namespace libre::sync
