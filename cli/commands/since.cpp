#include "cli/commands/since.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <optional>

#include <libre/text.hpp>

namespace cli {
namespace {

std::optional<double> span_of(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || end - at != 1 || number < 0) return std::nullopt;
  for (const auto& [unit, seconds] :
       {std::pair('s', 1.0), {'m', 60.0}, {'h', 3600.0}, {'d', 86400.0}})
    if (*at == unit) return number * seconds;
  return std::nullopt;
}

std::optional<double> time_of(std::string text, double now) {
  const bool utc = text.ends_with('Z');
  if (utc) text.pop_back();
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
                             "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"}) {
    const auto today = static_cast<std::time_t>(now);
    std::tm tm{};
    utc ? ::gmtime_r(&today, &tm) : ::localtime_r(&today, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    const char* rest = ::strptime(text.c_str(), format, &tm);
    if (!rest || *rest != '\0') continue;
    tm.tm_isdst = -1;
    return static_cast<double>(utc ? ::timegm(&tm) : ::mktime(&tm));
  }
  return std::nullopt;
}

}  // namespace

libre::Result<double> parse_since(const std::string& text, double now) {
  const auto span = span_of(text);
  const auto time = span ? std::optional(now - *span) : time_of(text, now);
  if (time && *time <= now && *time > 0) return *time;
  return libre::Error{libre::Errc::usage,
                      time ? fmt::format("--since {} is still to come", libre::printable(text))
                           : fmt::format("--since cannot be \"{}\"", libre::printable(text)),
                      {},
                      "--since 10m, 2h, 10:00, or 2026-11-21T10:00"};
}

}  // namespace cli
