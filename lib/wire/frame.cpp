#include "wire/frame.hpp"

#include <fmt/format.h>

namespace libre::wire {
namespace {

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

std::string encode(Kind kind, std::uint32_t call, std::string_view header, std::string_view body) {
  std::string frame;
  frame.reserve(prefix_size + header.size() + body.size());
  frame += static_cast<char>(kind);
  frame.append(3, '\0');
  put_u32(frame, call);
  put_u32(frame, header.size());
  put_u32(frame, body.size());
  frame += header;
  frame += body;
  return frame;
}

void Decoder::feed(std::span<const std::byte> bytes) {
  if (begin_ > 0 && begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  }
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::optional<Frame>> Decoder::next() {
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
  if (bytes.size() < size) return std::optional<Frame>{};
  Frame frame{static_cast<Kind>(kind), get_u32(bytes, 4),
              std::string(bytes.substr(prefix_size, header)),
              std::string(bytes.substr(prefix_size + header, body))};
  begin_ += size;
  if (begin_ > (1u << 20)) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  return std::optional(std::move(frame));
}

}  // namespace libre::wire
