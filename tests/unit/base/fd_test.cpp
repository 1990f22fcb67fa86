#include "base/fd.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "base/wait.hpp"

using namespace libre;
using namespace std::chrono_literals;

static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("a descriptor is closed when its owner dies, and never twice") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  const int number = pipe->first.get();
  {
    const Fd owner = std::move(pipe->first);
    CHECK_FALSE(pipe->first);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
  const int released = pipe->second.release();
  CHECK(is_open(released));
  CHECK_FALSE(pipe->second);
  ::close(released);
}

TEST_CASE("moving a descriptor onto another closes the old one") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  const int lost = pipe->first.get(), kept = pipe->second.get();
  pipe->first = std::move(pipe->second);
  CHECK_FALSE(is_open(lost));
  CHECK(pipe->first.get() == kept);
}

TEST_CASE("every descriptor that we make is closed on exec") {
  auto pipe = make_pipe();
  auto sockets = make_socketpair();
  REQUIRE(pipe);
  REQUIRE(sockets);
  auto copy = duplicate(pipe->first.get());
  REQUIRE(copy);
  auto waker = Waker::create();
  REQUIRE(waker);
  for (const int fd : {pipe->first.get(), pipe->second.get(), sockets->first.get(),
                       sockets->second.get(), copy->get(), (*waker)->fd()})
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("set_nonblocking goes on and off") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  REQUIRE(set_nonblocking(pipe->first.get(), true));
  CHECK((::fcntl(pipe->first.get(), F_GETFL) & O_NONBLOCK) != 0);
  REQUIRE(set_nonblocking(pipe->first.get(), false));
  CHECK((::fcntl(pipe->first.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK_FALSE(set_nonblocking(-1, true));
}

TEST_CASE("a deadline knows when it has passed and which of two is earlier") {
  CHECK(Deadline::never().poll_timeout() == -1);
  CHECK_FALSE(Deadline::never().passed());
  CHECK(Deadline::after(0ms).passed());
  CHECK(Deadline::after(-5s).poll_timeout() == 0);
  const auto minute = Deadline::after(60s);
  CHECK(minute.poll_timeout() > 59'000);
  CHECK(minute.poll_timeout() <= 60'000);
  CHECK(Deadline::never().or_earlier(minute).poll_timeout() <= 60'000);
  CHECK(minute.or_earlier(Deadline::never()).poll_timeout() <= 60'000);
  CHECK(minute.or_earlier(Deadline::after(1s)).poll_timeout() <= 1'000);
  CHECK(Deadline::after(1s).or_earlier(minute).poll_timeout() <= 1'000);
}

TEST_CASE("wait_for reports readiness, the deadline, and a waker that a signal handler notified") {
  auto pipe = make_pipe();
  auto waker = Waker::create();
  REQUIRE(pipe);
  REQUIRE(waker);
  const int fd = pipe->first.get();
  auto waited = wait_for(fd, POLLIN, {.deadline = Deadline::after(10ms)});
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::timed_out);

  static Waker* from_signal = nullptr;
  from_signal = waker->get();
  std::signal(SIGUSR1, [](int) { from_signal->notify(); });
  std::raise(SIGUSR1);
  std::signal(SIGUSR1, SIG_DFL);
  waited = wait_for(fd, POLLIN, {.waker = waker->get()});
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::interrupted);

  REQUIRE(::write(pipe->second.get(), "x", 1) == 1);
  CHECK(wait_for(fd, POLLIN, {.waker = waker->get()}));
}
