// The manifest on disk: an append-only file of checksummed records, rewritten when it has grown.
// Survives a kill at any point: a torn last record is cut off at the next open.
//
//   journal = "REM1" record*
//   record  = size:u32 checksum:8 payload     little endian; checksum = first 8 bytes of XXH3-128
//
// No locks and no fsync of each record: homes may be on NFS, and whatever is lost after a power cut
// is found again by content.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "sync/core/plan.hpp"

namespace libre::sync {

class Journal {
 public:
  // Makes the directory and the file where they are missing.
  static Result<Journal> open(const std::filesystem::path& directory);
  // Only reads; a missing file is an empty manifest.
  static Result<Manifest> load(const std::filesystem::path& directory);

  const Manifest& manifest() const { return manifest_; }
  const Placed* find(std::string_view path) const;
  std::uint64_t version() const {
    return version_;
  }  // another one after each change of the manifest

  // Both take effect at once in memory, and on disk with flush(), which happens by itself now and
  // then. A failed flush (disk full) leaves the file as it was before, and what is to be written waits
  // for the next one. Where not even that can be done, every later call fails: behind half a record
  // nothing would ever be read again.
  Result<void> put(const SharedText& path, Placed placed);
  Result<void> forget(std::string_view path);
  Result<void> flush();
  // Nothing waits to be written, and the file is as we left it: nobody else has written or removed it.
  bool is_current() const;
  // Rewrites the file where most of it is out of date.
  Result<void> compact();

 private:
  Journal(std::filesystem::path file, Fd fd) : file_(std::move(file)), fd_(std::move(fd)) {}
  Result<void> append(std::string_view payload);

  std::filesystem::path file_;
  Fd fd_;
  Manifest manifest_;
  std::string buffer_;
  std::size_t records_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t good_ = 0;       // size of the file: whole records only
  std::optional<Stamp> stamp_;   // of the file when we last wrote it
  std::optional<Error> broken_;  // the file ends with half a record
};

// Of a file; nullopt where there is none.
std::optional<Stamp> stamp_of(const std::filesystem::path& file);

}  // namespace libre::sync
