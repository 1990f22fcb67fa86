#include "bootstrap/framing.hpp"

#include <array>

#include "base/text.hpp"

namespace libre::bootstrap {
namespace {
constexpr std::size_t noise_limit = 1u << 20;
constexpr std::size_t noise_kept = 400;
}  // namespace

bool MarkedReader::take_line(std::string& line) {
  const auto end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return false;
  }
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

Result<MarkedLine> MarkedReader::next(const Wait& wait) {
  std::array<std::byte, 16 * 1024> chunk;
  for (;;) {
    std::string line;
    while (take_line(line)) {
      if (line.starts_with(marker_ + " ")) {
        dropped_ = 0;
        const std::string rest = line.substr(marker_.size() + 1);
        const auto space = rest.find(' ');
        if (space == std::string::npos) return MarkedLine{rest, {}};
        return MarkedLine{rest.substr(0, space), rest.substr(space + 1)};
      }
      dropped_ += line.size() + 1;
      if (!trim(line).empty() && noise_.size() < noise_kept) noise_ += line + "\n";
    }
    if (dropped_ + buffer_.size() > noise_limit)
      return Error{Errc::protocol, "the other side prints more than 1 MiB that is not for us"};
    LIBRE_TRY(const auto size, stream_->read(chunk, wait));
    if (size == 0) {
      ended_ = true;
      if (noise_.size() < noise_kept) noise_ += buffer_.substr(0, noise_kept);
      return Error{Errc::disconnected, "the command ended"};
    }
    buffer_ += as_text(std::span(chunk).first(size));
  }
}

std::string MarkedReader::noise() const {
  std::string shown;
  for (const auto& line : split_lines(std::string_view(noise_).substr(0, noise_kept))) {
    if (!shown.empty()) shown += " | ";
    shown += printable(line);
  }
  return shown;
}

}  // namespace libre::bootstrap
