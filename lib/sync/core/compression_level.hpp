// Whether contents are compressed on their way, and how hard. Decided for each batch, by value.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

namespace libre::sync {

// What level 3 did to a part of the batch.
struct CompressionSample {
  double bytes_per_second = 0;  // of the uncompressed bytes
  double ratio = 1;             // size after : size before
};

// Before anything has been measured: a line between two places. A slower one shows within one MiB, a faster one
// within four: so much may only fill buffers on the way.
inline constexpr double assumed_link_speed = 20e6;  // bytes per second

// Could compressing pay at all on such a link? Where not, no sample need be taken.
bool may_pay(double link_bytes_per_second);

// The level (3 or 9, on zstd's scale) that brings the batch over soonest; 0 = as it is.
int compression_level(double link_bytes_per_second, const CompressionSample& sample);

// OpenSSH's server lets 2 MiB of a stream be on the way (CHAN_SES_WINDOW_DEFAULT and CHAN_TCP_WINDOW_DEFAULT in its
// channels.h): no link is faster than that for each round trip.
inline constexpr double ssh_window = 2u << 20;  // bytes

// The speed of a link, from when writing to it began and ended. What lies between two writes counts as well: the
// link goes on with what is in the buffers on the way while the sender compresses the next batch.
//
// Only a link that holds the sender up shows how fast it is. It is taken for that fast until it holds the sender up
// at another speed, or more than that goes through. One that never did so is as fast as bytes went into it. So is one
// that has not done so for long: who compresses may be slower than the link, and would never see that it is faster than
// it seemed. How long that is, in bytes, grows fourfold each time.
//
// A receiver that stands still for a moment, as a disk does, must not look like a slow link: where the link is fast no
// single write counts as one of below the assumed speed; many of them still make it a slow one.
class LinkSpeed {
 public:
  // No link is taken for faster than `most`, in bytes per second, and none is tried whether it is.
  explicit LinkSpeed(double most = std::numeric_limits<double>::infinity()) : most_(most) {}

  // A batch: its bytes on the link, were they compressed, seconds that writing them took, and that went by between the
  // write before and this one.
  void wrote(std::uint64_t size, bool compressed, double writing, double before);
  double bytes_per_second() const { return std::min(speed_, most_); }

 private:
  // Bytes, and seconds, of the last few megabytes. What goes into compressing would make the others look slow.
  struct Recent {
    double bytes = 0, writing = 0, between = 0;
  };
  void judge(const Recent& recent, double bytes);
  Recent plain_, compressed_;
  double total_ = 0;       // bytes, from the beginning
  double known_ = 0;       // when it held us up; 0 = it never did
  double unchecked_ = 0;   // bytes since then
  double patience_ = 8e6;  // after so many it is not known any more
  double speed_ = assumed_link_speed;
  double most_;
};

}  // namespace libre::sync
