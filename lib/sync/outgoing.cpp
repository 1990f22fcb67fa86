#include "sync/outgoing.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/stream.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t piece_size = 256 * 1024;

ssize_t read_at(int fd, std::string& buffer, std::size_t size, std::uint64_t offset) {
  buffer.resize(size);
  ssize_t got = 0;
  do got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
  while (got < 0 && errno == EINTR);
  buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return got;
}

}  // namespace

ContentPiece Outgoing::end(ContentStatus status) {
  fd_.reset();
  const auto digest = expected_.steps ? expected_.digest : digester_.finish();
  return {.is_end = true, .end = {status, digest}};
}

bool Outgoing::is_unchanged() const {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 &&
         static_cast<std::uint64_t>(status.st_size) == expected_.size &&
         std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec ==
             expected_.mtime_ns;
}

// Goes to the offset; where a digest is wanted the skipped bytes are read too.
bool Outgoing::skip() {
  std::string buffer;
  while (expected_.with_digest && at_ < expected_.offset) {
    const auto size = std::min<std::uint64_t>(piece_size, expected_.offset - at_);
    if (read_at(fd_.get(), buffer, static_cast<std::size_t>(size), at_) <= 0) return false;
    digester_.add(as_bytes(buffer));
    at_ += buffer.size();
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
    auto fd = root_.open_file(path_);
    if (!fd)
      return end(fd.error().code == Errc::not_found ? ContentStatus::gone
                                                    : ContentStatus::unreadable);
    fd_ = std::move(*fd);
    if (!is_unchanged() || expected_.offset > expected_.size || !skip())
      return end(ContentStatus::gone);
  }
  if (at_ == expected_.size)
    return end(is_unchanged() ? ContentStatus::complete : ContentStatus::gone);
  if (auto copy = next_copy()) return std::move(*copy);
  if (stop_ <= at_ || stop_ > expected_.size)
    return Error{Errc::internal, "the steps of a file do not lead to its end"};
  ContentPiece piece;
  const auto size = std::min<std::uint64_t>(piece_size, stop_ - at_);
  const ssize_t got = read_at(fd_.get(), piece.bytes, static_cast<std::size_t>(size), at_);
  if (got <= 0) return end(got == 0 ? ContentStatus::gone : ContentStatus::unreadable);
  at_ += piece.bytes.size();
  if (expected_.with_digest) digester_.add(as_bytes(piece.bytes));
  return piece;
}

}  // namespace libre::sync
