#include "client/http_get.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/stream.hpp"
#include "forward/opening.hpp"

namespace libre::client {
namespace {

constexpr std::size_t status_line = 12;  // "HTTP/1.1 200"

Result<std::unique_ptr<FdStream>> dial(int port, const Wait& wait) {
  forward::Opening opening(forward::numeric_addresses("localhost", port));
  for (;;) {
    LIBRE_TRY(const bool open, opening.advance());
    if (open) return std::make_unique<FdStream>(opening.take().fd);
    LIBRE_CHECK(wait_for(opening.wait().fd, POLLOUT, wait));
  }
}

}  // namespace

Result<int> http_status(int port, const std::string& path, const Wait& wait) {
  LIBRE_TRY(const auto stream, dial(port, wait));
  const auto request =
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", path, port);
  LIBRE_CHECK(stream->write(as_bytes(request), wait));
  LIBRE_TRY(const auto begin, read_exactly(*stream, status_line, wait));
  int status = 0;
  const auto number = std::string_view(begin).substr(9);
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), status);
  if (!begin.starts_with("HTTP/1.") || parsed.ec != std::errc())
    return Error{Errc::protocol, "what answers does not speak HTTP"};
  return status;
}

}  // namespace libre::client
