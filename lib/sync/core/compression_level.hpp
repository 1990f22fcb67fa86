// Whether contents are compressed on their way, and how hard. Decided for each batch, by value.
#pragma once
#include <cstdint>

namespace libre::sync {

// What level 1 did to a part of the batch.
struct CompressionSample {
  double bytes_per_second = 0;  // of the uncompressed bytes
  double ratio = 1;             // size after : size before
};

// Before anything has been measured: a line between two places. A slower one shows within one MiB, a faster one
// within four: so much may only fill buffers on the way.
inline constexpr double assumed_link_speed = 20e6;  // bytes per second

// Could compressing pay at all on such a link? Where not, no sample need be taken.
bool may_pay(double link_bytes_per_second);

// The level (1, 3 or 9, on zstd's scale) that brings the batch over soonest; 0 = as it is.
int compression_level(double link_bytes_per_second, const CompressionSample& sample);

// The speed of a link, from how long writing to it took. Bytes that only fill buffers on the way make it
// look faster than it is, so old measurements fade slowly.
class LinkSpeed {
 public:
  void wrote(std::uint64_t bytes, double seconds);
  double bytes_per_second() const;

 private:
  double bytes_ = 0, seconds_ = 0;  // the average is of these
  double total_ = 0;                // bytes, from the beginning
};

}  // namespace libre::sync
