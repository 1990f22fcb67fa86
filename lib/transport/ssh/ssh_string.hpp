// Numbers and strings as the SSH protocols write them: 32 bits big-endian, and length + bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace libre::transport {

inline std::optional<std::uint32_t> take_ssh_number(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  bytes.remove_prefix(4);
  return number;
}

inline std::optional<std::string_view> take_ssh_string(std::string_view& bytes) {
  const auto size = take_ssh_number(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  const auto result = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return result;
}

inline void put_ssh_number(std::string& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
}

inline void put_ssh_string(std::string& bytes, std::string_view text) {
  put_ssh_number(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

}  // namespace libre::transport
