#include "sync/delta/copy_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "sync/delta/append_range.hpp"
#include "sync/observe.hpp"

namespace libre::sync {

std::unique_ptr<CopyWriter> CopyWriter::begin(int fd, std::uint64_t size, Digester& so_far) {
  auto writer = std::make_unique<CopyWriter>(fd, size);
  auto* const it = writer.get();
  writer->passing_ = Passing::begin(
      {[it](auto bytes) { it->write(bytes); }, [it](auto bytes) { it->digester_.add(bytes); }});
  if (!writer->passing_) return nullptr;
  writer->digester_ = std::move(so_far);  // the threads wait until there are bytes
  return writer;
}

CopyWriter::~CopyWriter() {
  if (passing_) passing_->settle();
}

void CopyWriter::write(std::span<const std::byte> bytes) {
  if (failed_) return;
  if (auto done = write_all(fd_, as_text(bytes)); !done) {
    problem_ = std::move(done).error();
    failed_ = true;
    return;
  }
  written_ += bytes.size();
}

Result<void> CopyWriter::trouble() const {
  return failed_ ? Result<void>(*problem_) : Result<void>();
}

Result<void> CopyWriter::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto room = passing_->room();
    const auto size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    passing_->add(size);
    size_ += size;
    to_disk_ = begin_writing_to_disk(fd_, to_disk_, written_);
    bytes.remove_prefix(size);
  }
  return trouble();
}

Result<bool> CopyWriter::add_from(int file, std::uint64_t offset, std::uint64_t length,
                                  const Wait& wait) {
  while (length > 0) {
    LIBRE_CHECK(still_wanted(wait));
    LIBRE_CHECK(trouble());
    const auto room = passing_->room();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), length));
    ssize_t got = 0;
    do got = ::pread(file, room.data(), wanted, static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) return system_error("cannot read the old file", errno);
    if (got == 0) return false;
    const auto size = static_cast<std::uint64_t>(got);
    passing_->add(static_cast<std::size_t>(got));
    size_ += size;
    to_disk_ = begin_writing_to_disk(fd_, to_disk_, written_);
    offset += size;
    length -= size;
  }
  return true;
}

Result<void> CopyWriter::settle() {
  passing_->drain();
  return trouble();
}

Digest CopyWriter::digest() {
  passing_->drain();
  return digester_.finish();
}

}  // namespace libre::sync
