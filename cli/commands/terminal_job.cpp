#include "cli/commands/terminal_job.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace cli {

libre::LogSink to_our_outputs(Context& context) {
  return [&context](const libre::LogChunk& chunk) {
    return context.screen.out_to(chunk.stream == 2 ? STDERR_FILENO : STDOUT_FILENO, chunk.bytes);
  };
}

libre::WindowSize window_size() {
  ::winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

}  // namespace cli
