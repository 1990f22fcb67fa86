// zstd, for pieces that fit into one frame. Sans-IO.
//
// The agent only decompresses: what compresses is four times as large, and it has to stay small.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::wire {

// Keeps its tables from one piece to the next, because making them anew costs more than a small piece.
// One thread at a time.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // `level` is 1 (fast) to 19 (small). nullopt where the result would not be smaller.
  virtual std::optional<std::string> compress(std::string_view bytes, int level) = 0;
};
std::unique_ptr<Compressor> make_compressor();

// The piece that compress() was given. Errc::protocol for what is damaged, does not say how large it
// is, or is larger than `limit`: nothing is stored for it then.
Result<std::string> decompress(std::string_view compressed, std::size_t limit);

}  // namespace libre::wire
