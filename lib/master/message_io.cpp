#include "master/message_io.hpp"

namespace libre::master {
namespace {

constexpr std::size_t head_size = 4;

std::size_t size_in(std::string_view head) {
  std::size_t size = 0;
  for (std::size_t i = head_size; i-- > 0;) size = size << 8 | static_cast<unsigned char>(head[i]);
  return size;
}

Error too_long() { return Error{Errc::protocol, "a message is longer than it may be"}; }

}  // namespace

std::string encode_message(std::string_view json) {
  std::string bytes;
  for (std::size_t i = 0; i < head_size; ++i)
    bytes += static_cast<char>(json.size() >> (8 * i) & 0xff);
  return bytes.append(json);
}

Result<std::optional<std::string>> take_message(std::string& bytes) {
  if (bytes.size() < head_size) return std::optional<std::string>();
  const auto size = size_in(bytes);
  if (size > longest_message) return too_long();
  if (bytes.size() < head_size + size) return std::optional<std::string>();
  std::optional<std::string> message = bytes.substr(head_size, size);
  bytes.erase(0, head_size + size);
  return message;
}

Result<std::string> read_message(Stream& stream, const Wait& wait) {
  LIBRE_TRY(const auto head, read_exactly(stream, head_size, wait));
  const auto size = size_in(head);
  if (size > longest_message) return too_long();
  return read_exactly(stream, size, wait);
}

}  // namespace libre::master
