// Lets through the whole lines that contain a text. Bytes come in pieces of one stream each; lines
// of different streams are kept apart. A line longer than 1 MiB is judged in parts of that size.
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
    std::string bytes{};
  };
  Result<void> pass(Line& line, int stream);
  std::string text_;
  const LogSink& sink_;
  std::array<Line, 3> open_;  // by stream
};

}  // namespace libre::jobs
