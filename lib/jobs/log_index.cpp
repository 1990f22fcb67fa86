#include "jobs/log_index.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::jobs {

std::optional<IndexRecord> parse_index_record(std::string_view line) {
  const auto fields = split(line, ' ');
  if (fields.size() != 3 || fields[2].size() != 1 || fields[2][0] < '0' || fields[2][0] > '2')
    return std::nullopt;
  IndexRecord record;
  const char* end = fields[0].data() + fields[0].size();
  if (const auto [at, error] = std::from_chars(fields[0].data(), end, record.offset);
      error != std::errc() || at != end)
    return std::nullopt;
  // Not std::from_chars: of a double it would make the agent 25 kB larger.
  const std::string time(fields[1]);
  char* rest = nullptr;
  record.time = std::strtod(time.c_str(), &rest);
  if (time.empty() || *rest != '\0') return std::nullopt;
  record.stream = fields[2][0] - '0';
  return record;
}

namespace {

// Records by where they begin in the file. Torn ones are passed over.
class IndexSearch {
 public:
  explicit IndexSearch(int fd) : fd_(fd) {}

  std::optional<IndexRecord> first_late(const std::function<bool(double)>& is_late) {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return std::nullopt;
    // No record that begins before `low` is late, and the first that begins at `high` or behind it is.
    off_t low = 0, high = status.st_size;
    std::optional<IndexRecord> found;
    while (low < high) {
      const off_t middle = low + (high - low) / 2;
      const auto at = record_from(middle, low, high);
      if (!at) {
        high = middle;  // none begins between the two
      } else if (is_late(at->record.time)) {
        found = at->record;
        high = middle;
      } else {
        low = at->end;
      }
    }
    return found;
  }

 private:
  struct Place {
    IndexRecord record;
    off_t end;  // where the next one begins
  };

  // The first record that begins at `from` or behind it, and before `limit`. A record begins at `border`.
  std::optional<Place> record_from(off_t from, off_t border, off_t limit) {
    bool at_begin = from == border;
    off_t position = at_begin ? from : from - 1;  // a newline there makes `from` a beginning
    std::string line;
    char buffer[512];
    while (true) {
      const ssize_t got = ::pread(fd_, buffer, sizeof buffer, position);
      if (got <= 0) return std::nullopt;
      for (ssize_t i = 0; i < got; ++i, ++position) {
        if (buffer[i] != '\n') {
          if (at_begin) line += buffer[i];
          continue;
        }
        const auto record = at_begin ? parse_index_record(line) : std::nullopt;
        if (record) return Place{*record, position + 1};
        line.clear();
        at_begin = true;
        if (position + 1 >= limit) return std::nullopt;
      }
    }
  }

  int fd_;
};

}  // namespace

std::optional<IndexRecord> first_late_record(const std::filesystem::path& folder,
                                             const std::function<bool(double time)>& is_late) {
  const auto file = open_read(folder / "log.index");
  return file ? IndexSearch(file->get()).first_late(is_late) : std::nullopt;
}

LogIndex::LogIndex(const std::filesystem::path& folder, Use use) : use_(use) {
  if (use == Use::nothing) return;
  if (auto file = open_read(folder / "log.index")) file_ = *std::move(file);
}

std::optional<IndexRecord> LogIndex::next_record() {
  while (file_) {
    if (const auto newline = unread_.find('\n'); newline != std::string::npos) {
      const auto record = parse_index_record(std::string_view(unread_).substr(0, newline));
      unread_.erase(0, newline + 1);
      if (record) return record;
      continue;
    }
    char buffer[4096];
    const ssize_t got = ::read(file_.get(), buffer, sizeof buffer);
    if (got <= 0) return std::nullopt;
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

LogIndex::Piece LogIndex::piece_at(std::uint64_t offset) {
  for (;;) {
    if (!ahead_) ahead_ = next_record();
    if (!ahead_) return {UINT64_MAX, current_.stream, current_.time};
    if (ahead_->offset > offset && (use_ == Use::times || ahead_->stream != current_.stream))
      return {ahead_->offset, current_.stream, current_.time};
    if (ahead_->offset > offset)
      current_.offset = ahead_->offset;  // same stream goes on
    else
      current_ = *ahead_;
    ahead_.reset();
  }
}

}  // namespace libre::jobs
