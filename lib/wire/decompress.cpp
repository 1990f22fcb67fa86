#include <zstd.h>

#include "wire/compression.hpp"

namespace libre::wire {

Error damaged_piece() {
  return Error{Errc::protocol, "the other side sent damaged compressed bytes"};
}

Result<std::string> decompress(std::string_view compressed, std::size_t limit) {
  const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return damaged_piece();
  if (size > limit)
    return Error{Errc::protocol, "the other side sent more compressed bytes than it may"};
  std::string out(static_cast<std::size_t>(size), '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return damaged_piece();
  return out;
}

}  // namespace libre::wire
