// The stream of a command, behind the reply to `execute`: frames, because three outputs and a window
// share it. kind:u8 size:u32 (little endian), then so many bytes. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::master {

enum class FrameKind : std::uint8_t {
  data = 0,    // to the command: stdin; from it: stdout
  errors = 1,  // from it: stderr
  end = 2,     // to the command: the end of stdin; from it: the end of its output
  window = 3,  // to it: columns:u32 rows:u32
  exit = 4,    // from it: code:u32, the last frame
};

inline constexpr std::size_t longest_frame = 64 * 1024;  // of its bytes

struct Frame {
  FrameKind kind = FrameKind::data;
  std::string bytes{};
};

std::string encode_frame(FrameKind kind, std::string_view bytes);  // at most longest_frame of them
std::string encode_numbers(std::span<const std::uint32_t> numbers);

// The number at `index` of a window's or exit's bytes; nullopt where there is none.
std::optional<std::uint32_t> number_at(std::string_view bytes, std::size_t index);

// Takes one frame from the front of `bytes`; nullopt where more of it must come. Errc::protocol for one
// that no side of ours sends.
Result<std::optional<Frame>> take_frame(std::string& bytes);

}  // namespace libre::master
