// Messages on a stream: four bytes of length (little endian), then so many bytes of JSON.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/stream.hpp"

namespace libre::master {

inline constexpr std::size_t longest_message = 1u << 20;

std::string encode_message(std::string_view json);

// Takes one message from the front of `bytes`; nullopt where more of it must come. Errc::protocol for
// one that is too long.
Result<std::optional<std::string>> take_message(std::string& bytes);

// Reads one message and not a byte behind it. Errc::disconnected where the stream ends before.
Result<std::string> read_message(Stream& stream, const Wait& wait);

template <class T>
Result<T> receive(Stream& stream, const Wait& wait) {
  LIBRE_TRY(const auto text, read_message(stream, wait));
  return from_json<T>(text);
}

template <class T>
Result<void> send(Stream& stream, const T& message, const Wait& wait) {
  return stream.write(as_bytes(encode_message(to_json(message))), wait);
}

}  // namespace libre::master
