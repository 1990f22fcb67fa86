#include "cli/ui/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <libre/text.hpp>

#include "cli/ui/table.hpp"

namespace cli {

std::string render_progress(const libre::Progress& progress, double seconds, std::size_t width) {
  std::string text = progress.what;
  if (progress.total > 0) {
    const double part =
        std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
    const auto full = static_cast<std::size_t>(part * 20);
    text += fmt::format(" [{}{}] {:3.0f}%", std::string(full, '='), std::string(20 - full, ' '),
                        part * 100);
  }
  if (progress.files_total > 0)
    text += fmt::format("  {}/{} files", progress.files_done, progress.files_total);
  else if (progress.files_done > 0)
    text += fmt::format("  {} files", progress.files_done);
  if (progress.done > 0) text += "  " + libre::human_bytes(progress.done);
  if (progress.done > 0 && seconds > 0) {
    const double rate = static_cast<double>(progress.done) / seconds;
    text += "  " + libre::human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
    if (progress.total > progress.done && rate > 0)
      text += "  " +
              libre::human_seconds(static_cast<double>(progress.total - progress.done) / rate) +
              " left";
  }
  return truncated(text, width);
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
