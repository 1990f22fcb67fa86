#include "jobs/line_filter.hpp"

#include <algorithm>
#include <utility>

namespace libre::jobs {
namespace {

constexpr std::size_t longest_line = 1u << 20;
constexpr std::size_t largest_chunk = 256u << 10;

}  // namespace

std::uint64_t LineFilter::oldest_open(std::uint64_t position) const {
  for (const Line& line : open_)
    if (!line.bytes.empty()) position = std::min(position, line.offset);
  return position;
}

Result<void> LineFilter::pass(Line& line, int stream, std::uint64_t position) {
  const std::string bytes = std::exchange(line.bytes, {});
  if (bytes.find(text_) == std::string::npos) return {};
  const std::uint64_t after = oldest_open(position);
  for (std::size_t at = 0; at < bytes.size(); at += largest_chunk) {
    const bool last = at + largest_chunk >= bytes.size();
    LIBRE_CHECK(sink_({line.offset + at, bytes.substr(at, largest_chunk), stream,
                       last ? after : std::min(after, line.offset), line.time}));
  }
  return {};
}

Result<void> LineFilter::add(const LogChunk& chunk) {
  Line& line = open_.at(static_cast<std::size_t>(std::clamp(chunk.stream, 0, 2)));
  std::size_t begin = 0;
  while (begin < chunk.bytes.size()) {
    if (line.bytes.empty()) {
      line.offset = chunk.offset + begin;
      line.time = chunk.time;
    }
    const auto newline = chunk.bytes.find('\n', begin);
    const auto end = newline == std::string::npos ? chunk.bytes.size() : newline + 1;
    line.bytes.append(chunk.bytes, begin, end - begin);
    begin = end;
    if (newline != std::string::npos || line.bytes.size() >= longest_line)
      LIBRE_CHECK(pass(line, chunk.stream, chunk.offset + begin));
  }
  end_ = chunk.offset + chunk.bytes.size();
  return {};
}

Result<void> LineFilter::finish() {
  for (int stream = 0; stream < 3; ++stream)
    LIBRE_CHECK(pass(open_[static_cast<std::size_t>(stream)], stream, end_));
  return {};
}

}  // namespace libre::jobs
