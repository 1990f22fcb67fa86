// The local copy of a job's log, `<project>.log`, which `re log` keeps up to date.
//
// What is there already is not fetched again: `.recompute/log.json` remembers whose log the copy is
// and how long, and LogQuery::offset_of asks for the rest. A copy of another job is replaced by rename,
// never deleted first; an interrupted fetch leaves either the old copy or a true beginning of the new one.
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

// `remembered`, where the copy on disk is still that: of `instance`, and as long as then. Else nobody's:
// one that somebody edited, or that an update left half written, is fetched anew. Pure.
LogCopyState intact_copy(const LogCopyState& remembered, std::int64_t file_size,
                         const std::string& instance);

// One update of a copy. Belongs to one thread.
class LogCopy {
 public:
  // Looks at what is there. Never fails: what cannot be read need not be asked for.
  static LogCopy open(const Project& project, const std::string& instance);
  LogCopy(LogCopy&&) noexcept;
  LogCopy& operator=(LogCopy&&) noexcept;
  ~LogCopy();

  // What is there, where it is intact: LogQuery{.offset = size, .offset_of = key} gets what is missing.
  const LogCopyState& have() const;
  // Bytes of it from `offset` on, some of them; whatever happens to the file meanwhile.
  Result<std::string> read(std::uint64_t offset) const;

  // What comes is of `job` from `offset` on, as LogBegin says: have().size, or 0 for a new copy. The
  // copy itself is not touched yet.
  Result<void> begin(const JobInfo& job, std::uint64_t offset);

  // Adds bytes of the log; `offset` must be where the last ones ended.
  Result<void> append(std::uint64_t offset, std::string_view bytes);

  // Puts a replacement in its place and remembers how far the copy goes. May be called often.
  Result<void> settle();

 private:
  struct State;
  explicit LogCopy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace libre
