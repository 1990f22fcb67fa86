#include "jobs/log_reader.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/files.hpp"
#include "jobs/line_filter.hpp"
#include "jobs/log_index.hpp"
#include "jobs/log_start.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

// A chunk counts once it is over whole. On a line that breaks every few seconds a larger one might
// never get through.
constexpr std::size_t chunk_size = 16u << 10;

bool has_ended(const fs::path& folder) {
  return ::access((folder / "exit.json").c_str(), F_OK) == 0;
}

bool is_woken(const Wait& wait) { return wait.waker && wait.waker->notified(); }

LogIndex::Use needed_index(const JobSpec& spec, const LogQuery& query) {
  if (query.times) return LogIndex::Use::times;
  return spec.separate_streams && !spec.terminal ? LogIndex::Use::streams : LogIndex::Use::nothing;
}

// Delivers everything that is in the log now.
class Delivery {
 public:
  Delivery(Fd log, LogIndex index, std::uint64_t offset, const LogQuery& query, const LogSink& sink)
      : log_(std::move(log)),
        index_(std::move(index)),
        offset_(offset),
        filter_(query.filter, sink),
        sink_(sink),
        filtered_(!query.filter.empty()),
        times_(query.times) {}

  std::uint64_t offset() const { return offset_; }

  Result<void> advance(const Wait& wait) {
    for (;;) {
      if (is_woken(wait)) return Error{Errc::interrupted, "interrupted"};
      std::string bytes(chunk_size, '\0');
      const ssize_t got =
          ::pread(log_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("cannot read the job's log", errno);
      if (got == 0) return {};
      bytes.resize(static_cast<std::size_t>(got));
      LIBRE_CHECK(deliver(std::move(bytes)));
    }
  }

  Result<void> finish() { return filtered_ ? filter_.finish() : Result<void>{}; }

 private:
  Result<void> deliver(std::string bytes) {
    while (!bytes.empty()) {
      const auto piece = index_.piece_at(offset_);
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), piece.end - offset_));
      LogChunk chunk{offset_, bytes.substr(0, size), piece.stream, offset_ + size,
                     times_ ? piece.time : 0};
      bytes.erase(0, size);
      offset_ += size;
      LIBRE_CHECK(filtered_ ? filter_.add(chunk) : sink_(chunk));
    }
    return {};
  }

  Fd log_;
  LogIndex index_;
  std::uint64_t offset_;
  LineFilter filter_;
  const LogSink& sink_;
  bool filtered_, times_;
};

}  // namespace

FolderWatch::FolderWatch(const fs::path& folder, Changes changes)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  std::uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF;
  if (changes == Changes::all) events |= IN_MODIFY;
  if (inotify_ && ::inotify_add_watch(inotify_.get(), folder.c_str(), events) < 0) inotify_.reset();
}

Result<void> FolderWatch::wait(const Wait& wait) {
  if (!inotify_) {
    const Wait shorter{wait.deadline.or_earlier(Deadline::after(std::chrono::milliseconds(200))),
                       wait.waker};
    auto waited = wait_for(-1, POLLIN, shorter);
    if (!waited && waited.error().code == Errc::timed_out && !wait.deadline.passed()) return {};
    return waited;
  }
  LIBRE_CHECK(wait_for(inotify_.get(), POLLIN, wait));
  char events[16 * 1024];
  while (::read(inotify_.get(), events, sizeof events) > 0) continue;
  return {};
}

Result<void> wait_for_end(const fs::path& folder, const Wait& wait) {
  FolderWatch watch(folder);
  while (!has_ended(folder)) {
    LIBRE_CHECK(watch.wait(wait));
    if (::access(folder.c_str(), F_OK) != 0)
      return Error{Errc::not_found, "the job's folder was removed"};
  }
  return {};
}

namespace {

// Waits until `seconds` have passed or the job has ended.
Result<void> hold_back(const fs::path& folder, double seconds, const Wait& wait) {
  const auto until = Deadline::after(std::chrono::milliseconds(std::llround(seconds * 1000)));
  FolderWatch watch(folder, FolderWatch::Changes::end_only);
  while (!has_ended(folder) && !until.passed()) {
    const auto waited = watch.wait({wait.deadline.or_earlier(until), wait.waker});
    if (!waited && !until.passed()) return waited;
  }
  return {};
}

Result<void> follow(const fs::path& folder, Delivery& delivery, double every, const Wait& wait) {
  FolderWatch watch(folder);
  for (;;) {
    const bool ended = has_ended(folder);  // before reading: after the end nothing more is written
    const auto before = delivery.offset();
    LIBRE_CHECK(delivery.advance(wait));
    if (ended) return {};
    if (every > 0 && delivery.offset() != before) LIBRE_CHECK(hold_back(folder, every, wait));
    LIBRE_CHECK(watch.wait(wait));
    if (::access(folder.c_str(), F_OK) != 0)
      return Error{Errc::not_found, "the job's folder was removed"};
  }
}

}  // namespace

Result<void> read_log(const fs::path& folder, const JobInfo& job, const LogQuery& query,
                      const LogBegin& begin, const LogSink& sink, const Wait& wait) {
  LIBRE_TRY(auto log, open_read(folder / "log"));
  LIBRE_TRY(const auto first, first_offset(log.get(), folder, job, query));
  if (begin) LIBRE_CHECK(begin(job, first));
  Delivery delivery(std::move(log), LogIndex(folder, needed_index(job.spec, query)), first, query,
                    sink);
  if (query.follow)
    LIBRE_CHECK(follow(folder, delivery, query.every, wait));
  else
    LIBRE_CHECK(delivery.advance(wait));
  return delivery.finish();
}

}  // namespace libre::jobs
