#include "jobs/stdin_feed.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace libre;
using namespace libre::jobs;

TEST_CASE("a feed holds no more than its capacity, and goes on when there is space") {
  auto pipe = *make_pipe();
  REQUIRE(set_nonblocking(pipe.second.get(), true));
  StdinFeed feed(std::move(pipe.second), false);
  const std::string much(2u << 20, 'x');
  feed.offer(0, much);
  CHECK(feed.received() < much.size());
  CHECK(feed.wants_to_write());  // else nothing would ever wake it
  std::string read;
  char buffer[100'000];
  while (read.size() < much.size()) {
    const ssize_t got = ::read(pipe.first.get(), buffer, sizeof buffer);
    REQUIRE(got > 0);
    read.append(buffer, static_cast<std::size_t>(got));
    feed.pump();
    feed.offer(0, much);
    CHECK((feed.received() == much.size() || feed.wants_to_write()));
  }
  CHECK(read == much);
  feed.end();
  CHECK(::read(pipe.first.get(), buffer, sizeof buffer) == 0);
}

TEST_CASE("a feed whose reader is gone counts and drops") {
  auto pipe = *make_pipe();
  REQUIRE(set_nonblocking(pipe.second.get(), true));
  StdinFeed feed(std::move(pipe.second), false);
  pipe.first.reset();
  feed.offer(0, "abc");
  CHECK(feed.received() == 3);
  CHECK_FALSE(feed.open());
}
