// The bytes of many files, one after the other, as they travel. Sans-IO.
//
//   stream = file*          one for each file that was asked for, in that order
//   file   = (chunk | copy)* end
//   chunk  = size:u32 (1 … max_chunk)  bytes
//   copy   = 0xFFFFFFFF:u32  offset:u64  length:u64    bytes of what the receiver has in that place now
//   end    = 0:u32  status:u8  digest:16     of all bytes of the file, from its beginning
//
// Little endian. Nothing is awaited between two files. Copies occur only where the receiver has said
// that it has an old content to copy from, and which one (delta/delta.hpp, delta/rebuild.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

#include "base/digest.hpp"

namespace libre::sync {

enum class ContentStatus : std::uint8_t {
  complete = 0,
  gone = 1,  // it vanished or changed while it was read: what was sent of it is worth nothing
  unreadable = 2,
};

struct ContentEnd {
  ContentStatus status = ContentStatus::complete;
  Digest digest{};
};

inline constexpr std::size_t max_chunk = 512u << 10;

void append_chunk(std::string& out,
                  std::string_view bytes);  // splits what is larger than max_chunk
void append_end(std::string& out, const ContentEnd& end);

// A range of the old content. Never empty.
struct CopyRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const CopyRange&) const = default;
};
void append_copy(std::string& out, const CopyRange& copy);

// One step of a stream: bytes of the current file, where from to copy them, or its end.
struct ContentPiece {
  bool is_end = false;
  std::string_view bytes{};  // until whoever gave the piece is asked for the next one
  ContentEnd end{};
  std::optional<CopyRange> copy{};
};

void append_piece(std::string& out, const ContentPiece& piece);

class ContentDecoder {
 public:
  enum class Copies : bool { refused, allowed };
  explicit ContentDecoder(Copies copies = Copies::refused) : copies_(copies) {}
  void feed(std::string_view bytes);
  // The same with what comes behind the first `skip` bytes; without a copy where all that came before
  // was taken.
  void feed(std::string&& bytes, std::size_t skip);
  // false where more bytes are needed. Errc::protocol is final. Whether a copy is in range of the old
  // content is for the receiver to judge; here its end is a number, and it has one.
  Result<bool> next(ContentPiece& piece);
  bool at_boundary() const { return begin_ == buffer_.size() && left_ == 0; }

 private:
  Result<bool> next_copy(std::string_view rest, ContentPiece& piece);
  Result<bool> next_end(std::string_view rest, ContentPiece& piece);
  Copies copies_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t left_ = 0;  // of the current chunk
};

}  // namespace libre::sync
