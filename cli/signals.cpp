#include "cli/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace cli {
namespace {

// A signal handler has no argument to bring its object along.
std::atomic<libre::Stop*> target = nullptr;
int wake_pipe[2] = {-1, -1};
struct ::sigaction old_interrupt {
}, old_terminate{}, old_window{};

void on_signal(int) {
  const int saved = errno;
  if (auto* stop = target.load()) stop->request();
  (void)!::write(wake_pipe[1], "x", 1);
  errno = saved;
}

void on_window(int) {
  if (auto* stop = target.load()) stop->nudge();
}

}  // namespace

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  if (::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) wake_pipe[0] = wake_pipe[1] = -1;
  target = &stop_;
  struct ::sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a question on the terminal ends too
  ::sigaction(SIGINT, &action, &old_interrupt);
  ::sigaction(SIGTERM, &action, &old_terminate);
  action.sa_handler = on_window;
  action.sa_flags = SA_RESTART;  // a window may change while somebody answers a question
  ::sigaction(SIGWINCH, &action, &old_window);
}

Signals::~Signals() {
  ::sigaction(SIGINT, &old_interrupt, nullptr);
  ::sigaction(SIGTERM, &old_terminate, nullptr);
  ::sigaction(SIGWINCH, &old_window, nullptr);
  target = nullptr;
  for (int& fd : wake_pipe) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
}

Signals::Woken Signals::wait(int fd, std::chrono::milliseconds limit) {
  ::pollfd fds[] = {{fd, POLLIN, 0}, {wake_pipe[0], POLLIN, 0}};
  // The pipe only wakes: it may still hold a signal that was dealt with long ago.
  char old[16];
  while (::read(wake_pipe[0], old, sizeof old) > 0) {
  }
  if (stop_.requested()) return Woken::stopped;
  const int ready = ::poll(fds, 2, static_cast<int>(limit.count()));
  if (stop_.requested()) return Woken::stopped;
  return ready > 0 && fds[0].revents != 0 ? Woken::readable : Woken::timed_out;
}

bool Signals::wait_readable(int fd) {
  for (;;) {
    const auto woken = wait(fd, std::chrono::milliseconds(-1));
    if (woken != Woken::timed_out) return woken == Woken::readable;
  }
}

}  // namespace cli
