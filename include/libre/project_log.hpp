// The local copy of a job's log, `<project>.log`, which `re log` keeps up to date.
//
// What is there already is not fetched again: `.recompute/log.json` remembers whose log the copy is
// and how long. A copy of another job is replaced by rename, never deleted first; an interrupted
// fetch leaves either the old copy or a true beginning of the new one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include <libre/job.hpp>
#include <libre/project.hpp>

namespace libre {

// Whose log a copy is. Empty key: nobody's.
struct LogCopyState {
  std::string instance{};
  std::string key{};  // JobSpec::key, which is never used twice
  std::uint64_t job = 0;
  std::uint64_t size = 0;  // bytes of the log that the copy has
};

// Where a fetch begins.
struct LogCopyPlan {
  std::uint64_t offset = 0;  // first byte to fetch; 0 = everything
  bool replace = true;       // into a new file, which then takes the copy's place
};

// Decides what is fetched of `job`. `file_size` is that of the copy on disk, -1 where there is none.
LogCopyPlan plan_log_copy(const LogCopyState& remembered, std::int64_t file_size,
                          const std::string& instance, const JobInfo& job);

// One update of a copy. Belongs to one thread.
class LogCopy {
 public:
  // What the project remembers; empty where nothing usable is there.
  static LogCopyState remembered(const Project& project);

  // Decides, and opens the file that bytes go to. The copy itself is not touched yet.
  static Result<LogCopy> open(const Project& project, const std::string& instance,
                              const JobInfo& job);
  LogCopy(LogCopy&&) noexcept;
  LogCopy& operator=(LogCopy&&) noexcept;
  ~LogCopy();

  const LogCopyPlan& plan() const;

  // Appends bytes of the log; `offset` must be where the last ones ended.
  Result<void> append(std::uint64_t offset, std::string_view bytes);

  // Puts a replacement in its place and remembers how far the copy goes. May be called often.
  Result<void> settle();

 private:
  struct State;
  explicit LogCopy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace libre
