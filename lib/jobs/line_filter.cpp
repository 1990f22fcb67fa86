#include "jobs/line_filter.hpp"

#include <algorithm>

namespace libre::jobs {
namespace {

constexpr std::size_t longest_line = 1u << 20;
constexpr std::size_t largest_chunk = 256u << 10;

}  // namespace

Result<void> LineFilter::pass(Line& line, int stream) {
  const bool wanted = line.bytes.find(text_) != std::string::npos;
  for (std::size_t at = 0; wanted && at < line.bytes.size(); at += largest_chunk)
    LIBRE_CHECK(sink_({line.offset + at, line.bytes.substr(at, largest_chunk), stream}));
  line.bytes.clear();
  return {};
}

Result<void> LineFilter::add(const LogChunk& chunk) {
  Line& line = open_.at(static_cast<std::size_t>(std::clamp(chunk.stream, 0, 2)));
  std::size_t begin = 0;
  while (begin < chunk.bytes.size()) {
    if (line.bytes.empty()) line.offset = chunk.offset + begin;
    const auto newline = chunk.bytes.find('\n', begin);
    const auto end = newline == std::string::npos ? chunk.bytes.size() : newline + 1;
    line.bytes.append(chunk.bytes, begin, end - begin);
    begin = end;
    if (newline != std::string::npos || line.bytes.size() >= longest_line)
      LIBRE_CHECK(pass(line, chunk.stream));
  }
  return {};
}

Result<void> LineFilter::finish() {
  for (int stream = 0; stream < 3; ++stream)
    LIBRE_CHECK(pass(open_[static_cast<std::size_t>(stream)], stream));
  return {};
}

}  // namespace libre::jobs
