// Messages on a stream that carries other things behind them: four bytes of length (little endian), then
// so many bytes of JSON. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::wire {

inline constexpr std::size_t message_head = 4;
inline constexpr std::size_t longest_message = 1u << 20;

std::string encode_message(std::string_view json);

// The length that a head of message_head bytes announces. Errc::protocol for one that is too long.
Result<std::size_t> message_size(std::string_view head);

// Takes one message from the front of `bytes`; nullopt where more of it must come. Errc::protocol for
// one that is too long.
Result<std::optional<std::string>> take_message(std::string& bytes);

}  // namespace libre::wire
