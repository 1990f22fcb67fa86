#include "jobs/log_reader.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "jobs/line_filter.hpp"
#include "jobs/log_index.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t chunk_size = 256u << 10;

bool has_ended(const fs::path& folder) {
  return ::access((folder / "exit.json").c_str(), F_OK) == 0;
}

bool is_woken(const Wait& wait) { return wait.waker && wait.waker->notified(); }

// Delivers everything that is in the log now.
class Delivery {
 public:
  Delivery(Fd log, const fs::path& folder, const JobSpec& spec, const LogQuery& query,
           const LogSink& sink)
      : log_(std::move(log)),
        index_(folder, spec.separate_streams && !spec.terminal),
        offset_(query.offset),
        filter_(query.filter, sink),
        sink_(sink),
        filtered_(!query.filter.empty()) {}

  int fd() const { return log_.get(); }
  void start_at(std::uint64_t offset) { offset_ = offset; }

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
      LogChunk chunk{offset_, bytes.substr(0, size), piece.stream, offset_ + size};
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
  bool filtered_;
};

}  // namespace

FolderWatch::FolderWatch(const fs::path& folder)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (inotify_ && ::inotify_add_watch(inotify_.get(), folder.c_str(),
                                      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF) < 0)
    inotify_.reset();
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

Result<std::uint64_t> offset_of_last_lines(int fd, std::uint64_t lines) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_error("cannot look at the job's log", errno);
  auto position = static_cast<std::uint64_t>(status.st_size);
  if (lines == 0) return position;
  char buffer[64 * 1024];
  const std::uint64_t size = position;
  while (position > 0) {
    const auto step = std::min<std::uint64_t>(position, sizeof buffer);
    position -= step;
    const ssize_t got = ::pread(fd, buffer, step, static_cast<off_t>(position));
    if (got != static_cast<ssize_t>(step)) return system_error("cannot read the job's log", errno);
    for (auto i = step; i > 0; --i) {
      const std::uint64_t at = position + i - 1;
      if (buffer[i - 1] != '\n' || at + 1 == size) continue;
      if (--lines == 0) return at + 1;
    }
  }
  return 0;
}

Result<void> read_log(const fs::path& folder, const JobSpec& spec, const LogQuery& query,
                      const LogSink& sink, const Wait& wait) {
  LIBRE_TRY(auto log, open_read(folder / "log"));
  Delivery delivery(std::move(log), folder, spec, query, sink);
  if (query.last_lines) {
    LIBRE_TRY(const auto offset, offset_of_last_lines(delivery.fd(), *query.last_lines));
    delivery.start_at(offset);
  }
  if (!query.follow) {
    LIBRE_CHECK(delivery.advance(wait));
    return delivery.finish();
  }
  FolderWatch watch(folder);
  for (;;) {
    const bool ended = has_ended(folder);  // before reading: after the end nothing more is written
    LIBRE_CHECK(delivery.advance(wait));
    if (ended) return delivery.finish();
    LIBRE_CHECK(watch.wait(wait));
    if (::access(folder.c_str(), F_OK) != 0)
      return Error{Errc::not_found, "the job's folder was removed"};
  }
}

}  // namespace libre::jobs
