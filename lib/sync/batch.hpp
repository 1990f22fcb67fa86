// Content streams travel in batches, one to a frame:
//
//   batch = 0:u8 bytes | 1:u8 zstd-frame | 2:u8 deflated     (wire/compression.hpp)
//
// What it holds is a part of the stream, cut anywhere.
//
// Sans-IO, but for a look at the clock.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

#include "sync/core/compression_level.hpp"
#include "sync/core/content_stream.hpp"
#include "wire/compression.hpp"

namespace libre::sync {

// A compressed one holds no more, so that a lie costs no memory.
inline constexpr std::size_t max_compressed_batch = 2u << 20;

// Makes batches: compressed where that brings them over sooner, and never without a compressor. `link` is what is known
// of it before the first one. One thread.
class BatchWriter {
 public:
  static constexpr std::size_t good_size = 256 * 1024;  // small files share batches

  explicit BatchWriter(std::unique_ptr<wire::Compressor> compressor = {},
                       LinkSpeed link = LinkSpeed())
      : link_(link), compressor_(std::move(compressor)) {}
  void add(const ContentPiece& piece);
  void add(std::string_view stream);
  bool is_full() const { return bytes_.size() > good_size; }

  // What was added and not sent. The next batch is the first one of a transfer.
  void drop();
  // What to send, and begins anew. Valid until something is added.
  std::string_view finish();
  using Clock = std::chrono::steady_clock;
  // When sending it began and ended: from this it learns how fast the link is.
  void sent(std::size_t size, Clock::time_point begin, Clock::time_point end);

 private:
  void begin();
  int level_for(std::string_view bytes);
  std::string bytes_;  // of the batch; the first one says that they are not compressed
  std::string compressed_;
  bool finished_ = true;
  bool is_compressed_ = false;  // what finish() gave out
  LinkSpeed link_;
  std::optional<Clock::time_point> last_sent_{};
  // Bytes per second that a sample was compressed with. Assumed at first: the first one pays for the tables.
  double fastest_ = 100e6;
  std::unique_ptr<wire::Compressor> compressor_;
};

class BatchReader {
 public:
  // What a batch holds; valid until the next call, and while `batch` is. Errc::protocol for what is none.
  Result<std::string_view> open(std::string_view batch);
  // Gives it to a decoder, which takes over the bytes of a batch that is not compressed.
  Result<void> open(std::string&& batch, ContentDecoder& decoder);

 private:
  std::string bytes_;
};

}  // namespace libre::sync
