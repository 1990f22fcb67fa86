#include "jobs/log_start.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "jobs/log_index.hpp"

namespace libre::jobs {
namespace {

// The bytes of one record came at its time or up to this much later (job_log.hpp).
constexpr double record_span = 0.05;

Result<std::uint64_t> size_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_error("cannot look at the job's log", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

// Whether a line contains a text, told from pieces of it that come last piece first.
class BackwardSearch {
 public:
  explicit BackwardSearch(std::string_view text) : text_(text) {}
  void add(std::string_view piece) {
    if (found_ || text_.empty()) return;
    std::string joined(piece);
    joined += seam_;
    found_ = joined.find(text_) != std::string::npos;
    seam_ = joined.substr(0, text_.size() - 1);
  }
  // The answer for the line that is complete now; then ready for the one before.
  bool finish() {
    const bool found = found_ || text_.empty();
    found_ = false;
    seam_.clear();
    return found;
  }

 private:
  std::string_view text_;
  std::string seam_;  // the beginning of what came: the text may lie across
  bool found_ = false;
};

}  // namespace

Result<std::uint64_t> offset_of_last_lines(int fd, std::uint64_t lines, std::string_view text) {
  LIBRE_TRY(const auto size, size_of(fd));
  if (lines == 0) return size;
  BackwardSearch line(text);
  char buffer[64 * 1024];
  for (std::uint64_t position = size; position > 0;) {
    const auto step = std::min<std::uint64_t>(position, sizeof buffer);
    position -= step;
    const ssize_t got = ::pread(fd, buffer, step, static_cast<off_t>(position));
    if (got != static_cast<ssize_t>(step)) return system_error("cannot read the job's log", errno);
    std::string_view rest(buffer, step);
    for (auto newline = rest.rfind('\n'); newline != std::string_view::npos;
         newline = rest.rfind('\n')) {
      const std::uint64_t begin = position + newline + 1;
      line.add(rest.substr(newline + 1));
      if (begin < size && line.finish() && --lines == 0) return begin;
      rest.remove_suffix(rest.size() - newline);
    }
    line.add(rest);
  }
  return 0;
}

std::uint64_t offset_since(const std::filesystem::path& folder, double time, std::uint64_t size) {
  const auto record =
      first_late_record(folder, [&](double begin) { return begin + record_span > time; });
  return record ? std::min(record->offset, size) : size;
}

Result<std::uint64_t> first_offset(int fd, const std::filesystem::path& folder, const JobInfo& job,
                                   const LogQuery& query) {
  LIBRE_TRY(const auto size, size_of(fd));
  const bool of_this_job = query.offset_of.empty() || query.offset_of == job.spec.key;
  std::uint64_t first = query.offset;
  if (!of_this_job || (!query.offset_of.empty() && first > size)) first = 0;
  if (query.since > 0) first = std::max(first, offset_since(folder, query.since, size));
  if (query.last_lines) {
    LIBRE_TRY(const auto last, offset_of_last_lines(fd, *query.last_lines, query.filter));
    first = std::max(first, last);
  }
  return first;
}

}  // namespace libre::jobs
