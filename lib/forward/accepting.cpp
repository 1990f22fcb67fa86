#include "forward/accepting.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "forward/address.hpp"

namespace libre::forward {
namespace {

// Out of descriptors: those who connect wait in the socket's queue until others have ended.
constexpr auto shortage_pause = std::chrono::milliseconds(100);

}  // namespace

void Accepting::look(std::span<const pollfd> /*fds*/) {
  pause_ = Deadline::never();
  for (;;) {
    Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) pause_ = Deadline::after(shortage_pause);
      return;
    }
    send_at_once(fd.get());
    on_accept_(std::move(fd));
  }
}

}  // namespace libre::forward
