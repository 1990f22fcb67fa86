#include "wire/greeting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <libre/version.hpp>

namespace libre::wire {
namespace {
constexpr std::string_view magic = "\xffre\n";
constexpr std::size_t fixed_size = 8;
constexpr std::size_t max_text = 200;
}  // namespace

std::string encode(const Greeting& greeting) {
  const std::string text = greeting.version.substr(0, max_text);
  std::string bytes(magic);
  bytes += static_cast<char>(greeting.protocol & 0xFF);
  bytes += static_cast<char>(greeting.protocol >> 8);
  bytes += static_cast<char>(text.size() & 0xFF);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

Result<std::optional<ParsedGreeting>> parse_greeting(std::string_view bytes) {
  const auto common = std::min(bytes.size(), magic.size());
  if (bytes.substr(0, common) != magic.substr(0, common))
    return Error{Errc::protocol, "the other side is no re agent"};
  if (bytes.size() < fixed_size) return std::optional<ParsedGreeting>{};
  const auto u16 = [&](std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) |
                                      static_cast<unsigned char>(bytes[at + 1]) << 8);
  };
  const std::size_t size = u16(6);
  if (size > max_text)
    return Error{Errc::protocol, "the other side sent a greeting that is too long"};
  if (bytes.size() < fixed_size + size) return std::optional<ParsedGreeting>{};
  return std::optional(
      ParsedGreeting{{u16(4), std::string(bytes.substr(fixed_size, size))}, fixed_size + size});
}

Result<void> check_compatible(const Greeting& theirs) {
  if (theirs.protocol == protocol_number) return {};
  return Error{Errc::version, "the other side speaks another protocol",
               fmt::format("ours is {} (version {}), theirs is {} (version {})", protocol_number,
                           version, theirs.protocol, theirs.version),
               "use the newer re, and let running jobs of the older agent end"};
}

}  // namespace libre::wire
