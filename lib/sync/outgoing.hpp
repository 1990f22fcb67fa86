// One file on its way out, piece by piece. A file that grows, shrinks, changes or vanishes meanwhile
// ends with ContentStatus::gone and is never passed on as if it were whole.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/core/content_stream.hpp"
#include "sync/delta/delta.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

struct Expected {
  std::uint64_t offset = 0;  // where to begin
  std::uint64_t size = 0;    // the file must have it, before and after
  std::int64_t mtime_ns = 0;
  bool with_digest = false;  // the end carries the digest of the whole file, skipped bytes too
  // What to send from `offset` on where the receiver has an old content to copy from
  // (delta/delta.hpp); without them everything. What is copied is not read, so there is no with_digest.
  std::optional<std::vector<Step>> steps{};
  Digest digest{};  // what the end carries otherwise: the receiver's own one has to fit
};

class Outgoing {
 public:
  Outgoing(Rooted& root, std::string path, Expected expected)
      : root_(root), path_(std::move(path)), expected_(std::move(expected)) {}
  // Fails only for defects; trouble with the file is a status of its end.
  Result<ContentPiece> next();

 private:
  ContentPiece end(ContentStatus status);
  std::optional<ContentPiece> next_copy();
  bool is_as_expected(const Stamp& stamp) const;
  bool is_unchanged() const;
  bool skip();
  std::optional<std::string_view> read_to(std::uint64_t end);
  Rooted& root_;
  std::string path_;
  Expected expected_;
  Fd fd_;
  std::unique_ptr<char[]> buffer_;
  Digester digester_;
  std::uint64_t at_ = 0;
  std::size_t step_ = 0;
  std::uint64_t stop_ = 0;  // of the current literal
};

}  // namespace libre::sync
