// Tells which stream a byte of the log came from, and when, while the log is read from front to back.
// The format stands in job_log.hpp. Reads no more of the index than it needs and keeps two records.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/fd.hpp"

namespace libre::jobs {

struct IndexRecord {
  std::uint64_t offset = 0;
  double time = 0;
  int stream = 0;
};

// A line of the index; nullopt for a torn one. Pure.
std::optional<IndexRecord> parse_index_record(std::string_view line);

// The first record whose time is late enough; nullopt where none is, or nothing can be read. Looks at log2(n)
// places of the index, because its records are in order of time: what is late enough is so for all later ones.
// Where the clock was set back while the job ran they are not, and it is one of several such records.
std::optional<IndexRecord> first_late_record(const std::filesystem::path& folder,
                                             const std::function<bool(double time)>& is_late);

class LogIndex {
 public:
  // nothing: every byte is of stream 0, and the file is not read. streams: a piece goes on where the
  // stream stays the same, its time is that of its beginning. times: each record is a piece.
  enum class Use { nothing, streams, times };
  LogIndex(const std::filesystem::path& folder, Use use);

  struct Piece {
    std::uint64_t end = UINT64_MAX;
    int stream = 0;
    double time = 0;
  };
  // The piece at `offset` and up to where it is the same, as far as is known now. Offsets ascend
  // from call to call.
  Piece piece_at(std::uint64_t offset);

 private:
  std::optional<IndexRecord> next_record();
  Use use_;
  Fd file_;
  std::string unread_;
  IndexRecord current_;
  std::optional<IndexRecord> ahead_;
};

}  // namespace libre::jobs
