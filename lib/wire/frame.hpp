// Frames: what travels on a stream after the greeting. Sans-IO: bytes in, values out.
//
//   frame = kind:u8  0:u8  0:u16  call:u32  header_size:u32  body_size:u32  header  body
//
// Little endian. `header` is one JSON value in UTF-8 (or empty), `body` is raw bytes. A call is a
// number that the client chose for one request, never used twice on a connection. docs/protocol.md
// has the grammar and an example.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace libre::wire {

enum class Kind : std::uint8_t {
  request = 1,  // client: {"method": …, "after": call?, "arguments": …}; opens the call
  data = 2,     // client: a piece of the request's body
  end = 3,      // client: the request's body is complete
  reply = 4,    // server: the result; closes the call
  error = 5,    // server: an Error; closes the call
  event = 6,    // server: something happened on an open call
  cancel = 7,   // client: stop; the server still closes the call with reply or error
};

struct Frame {
  Kind kind = Kind::request;
  std::uint32_t call = 0;
  std::string header{};
  std::string body{};
  bool operator==(const Frame&) const = default;
};

// A frame beyond these is refused before any of it is stored.
inline constexpr std::size_t max_header = 4u << 20;
inline constexpr std::size_t max_body = 1u << 20;
inline constexpr std::size_t prefix_size = 16;

std::string encode(Kind kind, std::uint32_t call, std::string_view header, std::string_view body);
// The same without the body, which follows: for bodies that are too long to be copied for nothing.
std::string encode_head(Kind kind, std::uint32_t call, std::string_view header,
                        std::size_t body_size);

// Collects bytes as they come and gives out whole frames. A long body is put together where it stays.
class Decoder {
 public:
  void feed(std::span<const std::byte> bytes);
  // The next frame, nullopt where more bytes are needed. Errc::protocol is final: the stream makes
  // no sense any more.
  Result<std::optional<Frame>> next();

 private:
  void begin_long(Frame frame, std::string_view body_so_far, std::size_t body);
  std::string buffer_;
  std::size_t begin_ = 0;
  std::optional<Frame> long_;  // whose body is not all there; then buffer_ is empty
  std::size_t missing_ = 0;    // of that body
};

}  // namespace libre::wire
