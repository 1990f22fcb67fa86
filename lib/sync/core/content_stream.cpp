#include "sync/core/content_stream.hpp"

#include <algorithm>

namespace libre::sync {
namespace {

void append_u32(std::string& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
}

std::size_t read_u32(std::string_view bytes) {
  std::size_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

constexpr std::size_t end_size = 4 + 1 + 16;

}  // namespace

void append_chunk(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, max_chunk);
    append_u32(out, piece.size());
    out += piece;
    bytes.remove_prefix(piece.size());
  }
}

void append_end(std::string& out, const ContentEnd& end) {
  append_u32(out, 0);
  out.push_back(static_cast<char>(end.status));
  for (const auto byte : end.digest.bytes) out.push_back(static_cast<char>(byte));
}

void ContentDecoder::feed(std::string_view bytes) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

Result<bool> ContentDecoder::next(ContentPiece& piece) {
  const auto rest = std::string_view(buffer_).substr(begin_);
  piece.is_end = false;
  piece.bytes.clear();
  if (left_ > 0) {
    if (rest.empty()) return false;
    piece.bytes = rest.substr(0, left_);
    begin_ += piece.bytes.size();
    left_ -= piece.bytes.size();
    return true;
  }
  if (rest.size() < 4) return false;
  const std::size_t size = read_u32(rest);
  if (size > max_chunk) return Error{Errc::protocol, "a piece of a file is larger than it may be"};
  if (size > 0) {
    left_ = size;
    begin_ += 4;
    return next(piece);
  }
  if (rest.size() < end_size) return false;
  const auto status = static_cast<unsigned char>(rest[4]);
  if (status > 2) return Error{Errc::protocol, "the end of a file has no known status"};
  piece.is_end = true;
  piece.end.status = static_cast<ContentStatus>(status);
  std::transform(rest.begin() + 5, rest.begin() + end_size, piece.end.digest.bytes.begin(),
                 [](char byte) { return static_cast<std::uint8_t>(byte); });
  begin_ += end_size;
  return true;
}

}  // namespace libre::sync
