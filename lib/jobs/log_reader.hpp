// The reading side of a job's log: from an offset, a time or the last lines, filtered, and followed
// until the job ends. Following sleeps in inotify; it takes no processor time while the job is silent.
#pragma once
#include <filesystem>

#include "jobs/job_host.hpp"

namespace libre::jobs {

// Waits for something to change in a job's folder. Where the kernel has no watch left to give, each
// wait takes at most 200 ms instead.
class FolderWatch {
 public:
  // end_only: new files only, exit.json among them; not what is written to the log.
  enum class Changes { all, end_only };
  explicit FolderWatch(const std::filesystem::path& folder, Changes changes = Changes::all);
  // Returns when something changed since the last wait (or since the watch was made).
  Result<void> wait(const Wait& wait);

 private:
  Fd inotify_;
};

// Blocks until the job has ended.
Result<void> wait_for_end(const std::filesystem::path& folder, const Wait& wait);

// Tells `begin`, which may be empty, then delivers. Chunks have at most 16 KiB and one stream each;
// with a filter they are whole lines. Errors: those of begin and sink, or Errc::interrupted /
// timed_out, after which a new call may go on at LogChunk::next of the last chunk.
Result<void> read_log(const std::filesystem::path& folder, const JobInfo& job,
                      const LogQuery& query, const LogBegin& begin, const LogSink& sink,
                      const Wait& wait);

}  // namespace libre::jobs
