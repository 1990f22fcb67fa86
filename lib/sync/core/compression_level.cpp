#include "sync/core/compression_level.hpp"

#include <algorithm>

namespace libre::sync {
namespace {

// What a receiver that writes many small files takes in looks like the speed of the link, and then
// compressing costs without gain. No receiver is slower than this for the reason of its own work alone
// (but for one on a slow disk, for which compressing does no harm: the sender has nothing else to do).
constexpr double fast_link = 60e6;

// How the levels of zstd compare with level 1 on source code, in speed and in what they save: roughly so
// on anything that compresses at all, and near enough for those of deflate (wire/deflate.cpp).
struct Level {
  int number;
  double speed;
  double saved;
};
constexpr Level levels[] = {{1, 1, 1}, {3, 0.6, 1.04}, {9, 0.15, 1.08}};

constexpr double least_gain = 0.9;  // of the time without

constexpr double window = 4e6;      // bytes that the average is over
constexpr double least_seen = 1e6;  // before it counts
// Before it counts that the link is faster than assumed: sockets and relays on the way may hold as much.
constexpr double most_buffered = 4e6;

}  // namespace

bool may_pay(double link_bytes_per_second) { return link_bytes_per_second < fast_link; }

int compression_level(double link, const CompressionSample& sample) {
  if (!may_pay(link) || link <= 0 || sample.bytes_per_second <= 0) return 0;
  int best = 0;
  double best_time = least_gain / link;  // seconds for each byte
  for (const auto& level : levels) {
    // One thread compresses, then writes; what buffers overlap is left out.
    const double ratio = std::max(0.0, 1 - (1 - sample.ratio) * level.saved);
    const double time = 1 / (sample.bytes_per_second * level.speed) + ratio / link;
    if (time >= best_time) continue;
    best = level.number;
    best_time = time;
  }
  return best;
}

void LinkSpeed::wrote(std::uint64_t bytes, double seconds) {
  total_ += static_cast<double>(bytes);
  bytes_ += static_cast<double>(bytes);
  seconds_ += seconds;
  if (bytes_ <= window) return;
  seconds_ *= window / bytes_;
  bytes_ = window;
}

double LinkSpeed::bytes_per_second() const {
  if (bytes_ < least_seen) return assumed_link_speed;
  const double seen = bytes_ / std::max(seconds_, 1e-9);
  return total_ < most_buffered ? std::min(seen, assumed_link_speed) : seen;
}

}  // namespace libre::sync
