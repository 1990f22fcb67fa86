#include "wire/message.hpp"

namespace libre::wire {

std::string encode_message(std::string_view json) {
  std::string bytes;
  for (std::size_t i = 0; i < message_head; ++i)
    bytes += static_cast<char>(json.size() >> (8 * i) & 0xff);
  return bytes.append(json);
}

Result<std::size_t> message_size(std::string_view head) {
  std::size_t size = 0;
  for (std::size_t i = message_head; i-- > 0;)
    size = size << 8 | static_cast<unsigned char>(head[i]);
  if (size > longest_message) return Error{Errc::protocol, "a message is longer than it may be"};
  return size;
}

Result<std::optional<std::string>> take_message(std::string& bytes) {
  if (bytes.size() < message_head) return std::optional<std::string>();
  LIBRE_TRY(const auto size, message_size(bytes));
  if (bytes.size() < message_head + size) return std::optional<std::string>();
  std::optional<std::string> message = bytes.substr(message_head, size);
  bytes.erase(0, message_head + size);
  return message;
}

}  // namespace libre::wire
