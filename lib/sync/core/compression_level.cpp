#include "sync/core/compression_level.hpp"

#include <algorithm>

namespace libre::sync {
namespace {

// What a receiver that writes many small files takes in looks like the speed of the link, and then
// compressing costs without gain. No receiver is slower than this for the reason of its own work alone
// (but for one on a slow disk, for which compressing does no harm: the sender has nothing else to do).
constexpr double fast_link = 60e6;

// How the levels of zstd compare with level 3 on source code, in speed and in what they save: roughly so
// on anything that compresses at all, and near enough for those of deflate (wire/deflate.cpp). Level 1 is but
// 1.1 times as fast as 3, and leaves 7 % more.
struct Level {
  int number;
  double speed;
  double saved;
};
constexpr Level levels[] = {{3, 1, 1}, {9, 0.2, 1.03}};

constexpr double least_gain = 0.9;  // of the time without

// Bytes that the averages are over: more where a receiver that stands still for a moment has to be told from a slow link.
constexpr double compressed_window = 2e6, plain_window = 4e6;
constexpr double held_up =
    0.5;  // so much of its time the sender waits for the link, and for nothing else
constexpr double least_seen = 1e6;  // before it counts; of a link that is known to be fast a window
// Before it counts that the link is faster than assumed: sockets and relays on the way may hold as much.
constexpr double most_buffered = 4e6;
constexpr double more_patient = 4;

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

void LinkSpeed::wrote(std::uint64_t size, bool compressed, double writing, double before) {
  const auto bytes = static_cast<double>(size);
  const bool is_fast = !may_pay(bytes_per_second());
  auto& recent = compressed ? compressed_ : plain_;
  const double window = compressed ? compressed_window : plain_window;
  total_ += bytes;
  recent.bytes += bytes;
  recent.writing += is_fast ? std::min(writing, bytes / assumed_link_speed) : writing;
  recent.between += before;
  if (recent.bytes > window) {
    recent.writing *= window / recent.bytes;
    recent.between *= window / recent.bytes;
    recent.bytes = window;
  }
  if (recent.bytes >= (is_fast && known_ > 0 ? window : least_seen)) judge(recent, bytes);
}

void LinkSpeed::judge(const Recent& recent, double bytes) {
  const double all = std::max(recent.writing + recent.between, 1e-9);
  if (recent.writing >= held_up * all) {
    known_ = recent.bytes / all;
    unchecked_ = 0;
  } else if (known_ > 0) {
    known_ = std::max(known_, recent.bytes / all);
    unchecked_ += bytes;
    if (unchecked_ > patience_) {
      known_ = unchecked_ = 0;
      patience_ *= more_patient;
    }
  }
  speed_ = known_ > 0 ? known_ : recent.bytes / std::max(recent.writing, 1e-9);
  if (total_ < most_buffered) speed_ = std::min(speed_, assumed_link_speed);
}

}  // namespace libre::sync
