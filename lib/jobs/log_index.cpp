#include "jobs/log_index.hpp"

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
