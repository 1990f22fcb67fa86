#include "master/command_frames.hpp"

namespace libre::master {
namespace {

constexpr std::size_t head_size = 5;

void put_number(std::string& bytes, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::optional<std::uint32_t> number_at(std::string_view bytes, std::size_t index) {
  if (bytes.size() < 4 * (index + 1)) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[4 * index + i]);
  return number;
}

std::string encode_numbers(std::span<const std::uint32_t> numbers) {
  std::string bytes;
  for (const auto number : numbers) put_number(bytes, number);
  return bytes;
}

std::string encode_frame(FrameKind kind, std::string_view bytes) {
  std::string frame(1, static_cast<char>(kind));
  put_number(frame, static_cast<std::uint32_t>(bytes.size()));
  return frame.append(bytes);
}

Result<std::optional<Frame>> take_frame(std::string& bytes) {
  if (bytes.size() < head_size) return std::optional<Frame>();
  const auto kind = static_cast<unsigned char>(bytes[0]);
  const std::size_t size = *number_at(std::string_view(bytes).substr(1), 0);
  if (kind > static_cast<unsigned char>(FrameKind::exit) || size > longest_frame)
    return Error{Errc::protocol, "a frame of a command is none"};
  if (bytes.size() < head_size + size) return std::optional<Frame>();
  std::optional<Frame> frame(Frame{static_cast<FrameKind>(kind), bytes.substr(head_size, size)});
  bytes.erase(0, head_size + size);
  return frame;
}

}  // namespace libre::master
