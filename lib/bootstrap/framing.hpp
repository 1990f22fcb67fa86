// Finds what our scripts say in whatever else the other side prints.
#pragma once
#include <deque>
#include <string>

#include "base/stream.hpp"

namespace libre::bootstrap {

struct MarkedLine {
  std::string verb;
  std::string text;  // the rest of the line, without its end
};

// Reads lines that begin with the marker; drops all others (up to 1 MiB between two of ours), but
// keeps the first few for messages. One thread.
class MarkedReader {
 public:
  MarkedReader(Stream& stream, std::string marker) : stream_(&stream), marker_(std::move(marker)) {}

  // Errc::disconnected at the end of the stream, Errc::protocol after too much noise. After
  // timed_out it may be called again; nothing is lost.
  Result<MarkedLine> next(const Wait& wait);

  // Whether the stream ended in order: the command is over, the connection is not.
  bool ended() const { return ended_; }

  // What has been read beyond the last line that next() gave. Empties it.
  std::string take_rest() { return std::move(buffer_); }

  // The first lines that were not ours, at most 400 bytes, safe to show.
  std::string noise() const;

 private:
  bool take_line(std::string& line);
  Stream* stream_;
  std::string marker_;
  std::string buffer_;
  std::size_t searched_ = 0;  // no line end before this place in buffer_
  std::size_t dropped_ = 0;
  std::string noise_;
  bool ended_ = false;
};

}  // namespace libre::bootstrap
