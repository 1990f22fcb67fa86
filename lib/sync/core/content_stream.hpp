// The bytes of many files, one after the other, as they travel. Sans-IO.
//
//   stream = file*          one for each file that was asked for, in that order
//   file   = chunk* end
//   chunk  = size:u32 (1 … max_chunk)  bytes
//   end    = 0:u32  status:u8  digest:16     of all bytes of the file, from its beginning
//
// Little endian. Nothing is awaited between two files.
#pragma once
#include <cstdint>
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

// One step of a stream: bytes of the current file, or its end.
struct ContentPiece {
  bool is_end = false;
  std::string bytes{};
  ContentEnd end{};
};

class ContentDecoder {
 public:
  void feed(std::string_view bytes);
  // false where more bytes are needed. Errc::protocol is final.
  Result<bool> next(ContentPiece& piece);
  bool at_boundary() const { return begin_ == buffer_.size() && left_ == 0; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t left_ = 0;  // of the current chunk
};

}  // namespace libre::sync
