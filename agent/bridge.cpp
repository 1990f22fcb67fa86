#include "bridge.hpp"

#include <unistd.h>

#include <thread>

namespace libre::agent {
namespace {

void copy(Stream& from, Stream& to) {
  std::byte buffer[64 * 1024];
  for (;;) {
    const auto size = from.read(buffer, {});
    if (!size || *size == 0) break;
    if (!to.write(std::span(buffer, *size), {})) break;
  }
  to.end_writing();
}

}  // namespace

Result<void> bridge_stdio(FdStream& stream) {
  LIBRE_TRY(Fd in, duplicate(STDIN_FILENO));
  LIBRE_TRY(Fd out, duplicate(STDOUT_FILENO));
  FdStream stdio(std::move(in), std::move(out));
  std::thread upward([&] { copy(stdio, stream); });
  copy(stream, stdio);
  // The agent has ended; stdin may stay open for as long as the other side likes.
  stdio.close();
  upward.join();
  return {};
}

}  // namespace libre::agent
