#include "jobs/job_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/files.hpp"

namespace libre::jobs {

Result<JobLog> JobLog::open(const std::filesystem::path& folder) {
  const auto open_append = [&](const char* name) {
    return Fd(::open((folder / name).c_str(),
                     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  };
  Fd log = open_append("log");
  if (!log) return system_error("cannot open the job's log", errno);
  Fd index = open_append("log.index");
  if (!index) return system_error("cannot open the job's log index", errno);
  JobLog result(std::move(log), std::move(index));
  struct stat status {};
  if (::fstat(result.log_.get(), &status) == 0)
    result.size_ = static_cast<std::uint64_t>(status.st_size);
  return result;
}

void JobLog::add_record(int stream, double time) {
  const double passed = time - last_time_;
  if (stream == last_stream_ && passed >= 0 && passed < 0.05) return;
  char line[80];
  const int length = std::snprintf(line, sizeof line, "%llu %.3f %d\n",
                                   static_cast<unsigned long long>(size_), time, stream);
  // A record that does not fit whole would run into the next one, so take it back.
  struct stat before {};
  const bool known = ::fstat(index_.get(), &before) == 0;
  if (!write_all(index_.get(), {line, static_cast<std::size_t>(length)})) {
    if (known && ::ftruncate(index_.get(), before.st_size) != 0) last_stream_ = -1;
    return;
  }
  last_stream_ = stream;
  last_time_ = time;
}

void JobLog::append(int stream, std::string_view bytes, double time) {
  add_record(stream, time);
  while (!bytes.empty()) {
    const ssize_t put = ::write(log_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      if (first_errno_ == 0) first_errno_ = errno;
      dropped_ += bytes.size();
      return;
    }
    size_ += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string JobLog::error() const {
  if (first_errno_ == 0) return {};
  return std::string(std::strerror(first_errno_)) + ": " + std::to_string(dropped_) +
         " bytes of output are missing";
}

}  // namespace libre::jobs
