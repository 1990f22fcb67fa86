// The writing side of a job's output: the files `log` and `log.index`.
//
// `log` holds the bytes as the job wrote them. `log.index` tells where they came from: one line of
// text per record,
//
//   <offset in log> <Unix time> <stream>\n        "1048576 1763694386.120 2"
//
// meaning that from this offset on, up to the next record's, the bytes are of that stream (0 = both
// in one, 1 = stdout, 2 = stderr) and came at that time or up to 50 ms later. A record is written
// before its bytes, so a reader never sees bytes without one; where two have the same offset, the
// later one counts. There is at most one per 50 ms and change of stream, whatever the job prints.
//
// A full disk does not stop the job: what does not fit is dropped, until there is space again, and
// error() says so.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre::jobs {

class JobLog {
 public:
  static Result<JobLog> open(const std::filesystem::path& folder);

  void append(int stream, std::string_view bytes, double time);
  // Why the log is incomplete, "" where it is complete.
  std::string error() const;

 private:
  JobLog(Fd log, Fd index) : log_(std::move(log)), index_(std::move(index)) {}
  void add_record(int stream, double time);

  Fd log_, index_;
  std::uint64_t size_ = 0;
  int last_stream_ = -1;
  double last_time_ = 0;
  std::uint64_t dropped_ = 0;
  int first_errno_ = 0;
};

}  // namespace libre::jobs
