// Compression of pieces that fit into one frame. Sans-IO.
//
// The client compresses with zstd, the agent with deflate: zstd's compressor takes 430 kB of a static
// program, zlib's 53 kB, and the agent has to stay small (docs/decisions/0012).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::wire {

enum class Encoding : std::uint8_t { zstd = 1, deflate = 2 };

// Keeps its tables from one piece to the next, because making them anew costs more than a small piece.
// One thread at a time.
class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual Encoding encoding() const = 0;
  // `level` is 1 (fast) to 19 (small). nullopt where the result would not be smaller.
  virtual std::optional<std::string> compress(std::string_view bytes, int level) = 0;
};
std::unique_ptr<Compressor> make_compressor();
std::unique_ptr<Compressor> make_small_compressor();  // deflate

// The piece that compress() was given. Errc::protocol for what is damaged, does not say how large it
// is, or is larger than `limit`: nothing is stored for it then.
Result<std::string> decompress(std::string_view compressed, std::size_t limit);
//   deflated = size:u32 (little endian) raw-deflate (RFC 1951)
Result<std::string> inflate(std::string_view deflated, std::size_t limit);
// What both say of bytes that make no sense.
Error damaged_piece();

}  // namespace libre::wire
