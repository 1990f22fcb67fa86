// ForwardSpec as text. Pure.
#include <fmt/format.h>

#include <libre/forward.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace libre {
namespace {

constexpr const char* forms =
    "write 6006, 8888:80, db:5432, 8888:localhost:80, or *:8888:localhost:80";

Error wrong(std::string_view text, const std::string& why) {
  return Error{Errc::usage, fmt::format("\"{}\" is no forward", printable(text)), why, forms};
}

std::optional<int> port_of(std::string_view text) {
  int port = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_port(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// At the colons, but not at those between brackets, which disappear.
std::optional<std::vector<std::string>> pieces_of(std::string_view text) {
  std::vector<std::string> pieces(1);
  bool bracket = false;
  for (const char c : text) {
    if (c == '[' && !bracket && pieces.back().empty())
      bracket = true;
    else if (c == ']' && bracket)
      bracket = false;
    else if (c == ':' && !bracket)
      pieces.emplace_back();
    else
      pieces.back() += c;
  }
  if (bracket) return std::nullopt;
  return pieces;
}

std::string shown(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

Result<ForwardSpec> parse_forward(std::string_view text, bool reverse) {
  const auto split = pieces_of(text);
  if (!split) return wrong(text, "a bracket is not closed");
  const auto& pieces = *split;
  if (pieces.size() > 4)
    return wrong(text, "it has too many parts; put IPv6 addresses in brackets");
  const auto host_port = port_of(pieces.back());
  if (!host_port || *host_port < 1 || *host_port > 65535)
    return wrong(text, fmt::format("\"{}\" is no port", printable(pieces.back())));
  ForwardSpec spec{.reverse = reverse, .port = *host_port, .host_port = *host_port};
  const bool names_port = pieces.size() > 2 || (pieces.size() == 2 && is_port(pieces[0]));
  if (pieces.size() == 2 && !names_port) spec.host = pieces[0];
  if (pieces.size() > 2) spec.host = pieces[pieces.size() - 2];
  if (pieces.size() == 4) spec.bind = pieces[0];
  if (spec.host.empty() || (pieces.size() == 4 && spec.bind.empty()))
    return wrong(text, "a part of it is empty");
  if (names_port) {
    const auto& word = pieces[pieces.size() == 4 ? 1 : 0];
    const auto port = port_of(word);
    if (!port || *port < 0 || *port > 65535)
      return wrong(text, fmt::format("\"{}\" is no port", printable(word)));
    spec.port = *port;
    spec.exact = *port != 0;
  }
  return spec;
}

std::string describe(const ForwardSpec& spec) {
  return fmt::format("{}:{} -> {}:{}", spec.bind.empty() ? "localhost" : shown(spec.bind),
                     spec.port, shown(spec.host), spec.host_port);
}

}  // namespace libre
