// The reading side of a job's log: from an offset or the last lines, filtered, and followed until
// the job ends. Following sleeps in inotify; it takes no processor time while the job is silent.
#pragma once
#include <filesystem>

#include "jobs/job_host.hpp"

namespace libre::jobs {

// Waits for something to change in a job's folder. Where the kernel has no watch left to give, each
// wait takes at most 200 ms instead.
class FolderWatch {
 public:
  explicit FolderWatch(const std::filesystem::path& folder);
  // Returns when something changed since the last wait (or since the watch was made).
  Result<void> wait(const Wait& wait);

 private:
  Fd inotify_;
};

// Blocks until the job has ended.
Result<void> wait_for_end(const std::filesystem::path& folder, const Wait& wait);

// Chunks have at most 256 KiB and one stream each; with a filter they are whole lines.
// Errors: the sink's, or Errc::interrupted / timed_out, after which a new call may go on at
// LogChunk::next of the last chunk.
Result<void> read_log(const std::filesystem::path& folder, const JobSpec& spec,
                      const LogQuery& query, const LogSink& sink, const Wait& wait);

// Where the last `lines` lines begin. A last line without its newline counts as one.
Result<std::uint64_t> offset_of_last_lines(int fd, std::uint64_t lines);

}  // namespace libre::jobs
