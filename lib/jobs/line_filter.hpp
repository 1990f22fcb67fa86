// Lets through the whole lines that contain a text. Bytes come in pieces of one stream each; lines
// of different streams are kept apart. A line longer than 1 MiB is judged in parts of that size.
//
// LogChunk::next of what is let through is where the oldest line begins that is not judged yet, or
// not let through whole: reading again from there may repeat lines, but skips none.
#pragma once
#include <array>
#include <string>

#include "jobs/job_host.hpp"

namespace libre::jobs {

class LineFilter {
 public:
  LineFilter(std::string text, const LogSink& sink) : text_(std::move(text)), sink_(sink) {}
  Result<void> add(const LogChunk& chunk);
  Result<void> finish();  // the last lines, which have no newline

 private:
  struct Line {
    std::uint64_t offset = 0;
    double time = 0;  // of its beginning
    std::string bytes{};
  };
  Result<void> pass(Line& line, int stream, std::uint64_t position);
  std::uint64_t oldest_open(std::uint64_t position) const;
  std::string text_;
  const LogSink& sink_;
  std::array<Line, 3> open_;  // by stream
  std::uint64_t end_ = 0;     // of what was added
};

}  // namespace libre::jobs
