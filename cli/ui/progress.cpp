#include "cli/ui/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <libre/text.hpp>

#include "cli/ui/table.hpp"

namespace cli {

namespace {

// A piece of the line; where there is no room for all, those with the highest number are left out first.
struct Piece {
  std::string text{};
  int spare = 0;
};

std::string bar_of(double part) {
  const auto full = static_cast<std::size_t>(part * 20);
  return fmt::format(" [{}{}]", std::string(full, '='), std::string(20 - full, ' '));
}

std::vector<Piece> pieces_of(const libre::Progress& progress, double seconds) {
  std::vector<Piece> pieces{{progress.what}};
  const auto add = [&](int spare, std::string text) { pieces.push_back({std::move(text), spare}); };
  if (progress.total > 0) {
    const double part =
        std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
    add(4, bar_of(part));
    add(0, fmt::format(" {:3.0f}%", part * 100));
  }
  if (progress.files_total > 0)
    add(3, fmt::format("  {}/{} {}", progress.files_done, progress.files_total, progress.counted));
  else if (progress.files_done > 0)
    add(3, fmt::format("  {} {}", progress.files_done, progress.counted));
  if (progress.done > 0) add(2, "  " + libre::human_bytes(progress.done));
  if (progress.done > 0 && seconds > 0) {
    const double rate = static_cast<double>(progress.done) / seconds;
    add(1, "  " + libre::human_bytes(static_cast<std::uint64_t>(rate)) + "/s");
    if (progress.total > progress.done && rate > 0)
      add(0, "  " +
                 libre::human_seconds(static_cast<double>(progress.total - progress.done) / rate) +
                 " left");
  }
  if (pieces.size() == 1) add(0, "  " + libre::human_seconds(seconds));  // all that is known
  return pieces;
}

std::string joined(const std::vector<Piece>& pieces, int most_spare) {
  std::string text;
  for (const auto& piece : pieces)
    if (piece.spare <= most_spare) text += piece.text;
  return text;
}

}  // namespace

std::string render_progress(const libre::Progress& progress, double seconds, std::size_t width) {
  const auto pieces = pieces_of(progress, seconds);
  for (int most_spare = 4; most_spare > 0; --most_spare)
    if (auto text = joined(pieces, most_spare); display_width(text) <= width) return text;
  return truncated(joined(pieces, 0), width);
}

std::string render_outage(const libre::Outage& outage, std::size_t width) {
  const auto words = [](double seconds) {
    return seconds < 60 ? fmt::format("{:.0f} s", seconds) : libre::human_seconds(seconds);
  };
  return truncated(
      fmt::format("connection lost, trying again{} ({} so far)",
                  outage.next_try > 0 ? " in " + words(std::ceil(outage.next_try)) : "",
                  words(std::floor(outage.seconds))),
      width);
}

bool ProgressClock::due(Time now) {
  using std::chrono::milliseconds;
  if (!begun_) {
    begun_ = true;
    start_ = now;
    last_ = now + milliseconds(200);  // with the 100 below: the first drawing after 300
    return false;
  }
  if (now - last_ < milliseconds(100)) return false;
  last_ = now;
  return true;
}

double ProgressClock::seconds(Time now) const {
  return std::chrono::duration<double>(now - start_).count();
}

}  // namespace cli
