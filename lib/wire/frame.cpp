#include "wire/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace libre::wire {
namespace {

constexpr std::size_t long_body = 16 * 1024;

void put_u32(std::string& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

std::uint32_t get_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << 8 * i;
  return value;
}

}  // namespace

namespace {

void put_head(std::string& frame, Kind kind, std::uint32_t call, std::string_view header,
              std::size_t body_size) {
  frame += static_cast<char>(kind);
  frame.append(3, '\0');
  put_u32(frame, call);
  put_u32(frame, header.size());
  put_u32(frame, body_size);
  frame += header;
}

}  // namespace

std::string encode(Kind kind, std::uint32_t call, std::string_view header, std::string_view body) {
  std::string frame;
  frame.reserve(prefix_size + header.size() + body.size());
  put_head(frame, kind, call, header, body.size());
  frame += body;
  return frame;
}

std::string encode_head(Kind kind, std::uint32_t call, std::string_view header,
                        std::size_t body_size) {
  std::string head;
  put_head(head, kind, call, header, body_size);
  return head;
}

void Decoder::feed(std::span<const std::byte> bytes) {
  if (long_) {
    const auto piece = bytes.first(std::min(bytes.size(), missing_));
    long_->body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    missing_ -= piece.size();
    bytes = bytes.subspan(piece.size());
  }
  if (begin_ > 0 && begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  }
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// The buffer holds all but the end of a frame: the rest of the body is to come right behind it.
void Decoder::begin_long(Frame frame, std::string_view body_so_far, std::size_t body) {
  frame.body.reserve(body);
  frame.body = body_so_far;
  missing_ = body - body_so_far.size();
  long_ = std::move(frame);
  buffer_.clear();
  begin_ = 0;
}

Result<std::optional<Frame>> Decoder::next() {
  if (long_) {
    if (missing_ > 0) return std::optional<Frame>{};
    return std::exchange(long_, std::nullopt);
  }
  const std::string_view bytes = std::string_view(buffer_).substr(begin_);
  if (bytes.size() < prefix_size) return std::optional<Frame>{};
  const auto kind = static_cast<unsigned char>(bytes[0]);
  const std::uint32_t header = get_u32(bytes, 8), body = get_u32(bytes, 12);
  if (kind < 1 || kind > 7 || bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0)
    return Error{Errc::protocol, "the other side sent something that is no frame"};
  if (header > max_header || body > max_body)
    return Error{Errc::protocol,
                 fmt::format("the other side sent a frame of {} + {} bytes, more than allowed",
                             header, body)};
  const std::size_t size = prefix_size + header + body;
  const bool is_long = body >= long_body && bytes.size() >= prefix_size + header;
  if (bytes.size() < size && !is_long) return std::optional<Frame>{};
  Frame frame{static_cast<Kind>(kind), get_u32(bytes, 4),
              std::string(bytes.substr(prefix_size, header))};
  if (bytes.size() < size) {
    begin_long(std::move(frame), bytes.substr(prefix_size + header), body);
    return std::optional<Frame>{};
  }
  frame.body = bytes.substr(prefix_size + header, body);
  begin_ += size;
  if (begin_ > (1u << 20)) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  return std::optional(std::move(frame));
}

}  // namespace libre::wire
