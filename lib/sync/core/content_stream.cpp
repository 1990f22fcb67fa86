#include "sync/core/content_stream.hpp"

#include <algorithm>

namespace libre::sync {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
}

template <class Number>
Number read_number(std::string_view bytes) {
  Number value = 0;
  for (unsigned i = 0; i < sizeof(Number); ++i)
    value |= Number{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

constexpr std::uint32_t copy_mark = 0xFFFFFFFF;
constexpr std::size_t copy_size = 4 + 8 + 8;
constexpr std::size_t end_size = 4 + 1 + 16;

}  // namespace

void append_chunk(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, max_chunk);
    append_number(out, static_cast<std::uint32_t>(piece.size()));
    out += piece;
    bytes.remove_prefix(piece.size());
  }
}

void append_copy(std::string& out, const CopyRange& copy) {
  append_number(out, copy_mark);
  append_number(out, copy.offset);
  append_number(out, copy.length);
}

void append_end(std::string& out, const ContentEnd& end) {
  append_number(out, std::uint32_t{0});
  out.push_back(static_cast<char>(end.status));
  for (const auto byte : end.digest.bytes) out.push_back(static_cast<char>(byte));
}

void append_piece(std::string& out, const ContentPiece& piece) {
  if (piece.is_end)
    append_end(out, piece.end);
  else if (piece.copy)
    append_copy(out, *piece.copy);
  else
    append_chunk(out, piece.bytes);
}

void ContentDecoder::feed(std::string_view bytes) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

void ContentDecoder::feed(std::string&& bytes, std::size_t skip) {
  if (begin_ < buffer_.size()) return feed(std::string_view(bytes).substr(skip));
  buffer_ = std::move(bytes);
  begin_ = skip;
}

Result<bool> ContentDecoder::next(ContentPiece& piece) {
  const auto rest = std::string_view(buffer_).substr(begin_);
  piece.is_end = false;
  piece.bytes = {};
  piece.copy.reset();
  if (left_ > 0) {
    if (rest.empty()) return false;
    piece.bytes = rest.substr(0, left_);
    begin_ += piece.bytes.size();
    left_ -= piece.bytes.size();
    return true;
  }
  if (rest.size() < 4) return false;
  const auto size = read_number<std::uint32_t>(rest);
  if (size == 0) return next_end(rest, piece);
  if (size == copy_mark && copies_ == Copies::allowed) return next_copy(rest, piece);
  if (size > max_chunk) return Error{Errc::protocol, "a piece of a file is larger than it may be"};
  left_ = size;
  begin_ += 4;
  return next(piece);
}

Result<bool> ContentDecoder::next_copy(std::string_view rest, ContentPiece& piece) {
  if (rest.size() < copy_size) return false;
  const CopyRange copy{read_number<std::uint64_t>(rest.substr(4)),
                       read_number<std::uint64_t>(rest.substr(12))};
  if (copy.length == 0 || copy.offset + copy.length < copy.offset)
    return Error{Errc::protocol, "a copy within a file is empty or has no end"};
  piece.copy = copy;
  begin_ += copy_size;
  return true;
}

Result<bool> ContentDecoder::next_end(std::string_view rest, ContentPiece& piece) {
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
