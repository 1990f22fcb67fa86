#include "base/wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

namespace libre {

int Deadline::poll_timeout() const {
  if (!when_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*when_ - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

Deadline Deadline::or_earlier(Deadline other) const {
  if (!when_) return other;
  if (!other.when_) return *this;
  return *when_ < *other.when_ ? *this : other;
}

Result<std::unique_ptr<Waker>> Waker::create() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return system_error("cannot make an event descriptor", errno);
  return std::unique_ptr<Waker>(new Waker(std::move(event)));
}

void Waker::notify() noexcept {
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  errno = saved;
}

void Waker::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
}

bool Waker::notified() const noexcept {
  pollfd fds{event_.get(), POLLIN, 0};
  return ::poll(&fds, 1, 0) == 1;
}

Result<void> wait_for(int fd, short events, const Wait& wait) {
  pollfd fds[2] = {{fd, events, 0}, {wait.waker ? wait.waker->fd() : -1, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(fds, wait.waker ? 2 : 1, wait.deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for a descriptor", errno);
    if (ready > 0 && fds[0].revents != 0) return {};
    if (ready > 0) return Error{Errc::interrupted, "interrupted"};
    if (wait.deadline.passed()) return Error{Errc::timed_out, "timed out"};
  }
}

}  // namespace libre
