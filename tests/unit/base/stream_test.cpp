#include "base/stream.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <future>
#include <string>
#include <thread>

#include "support/patience.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using libre::testing::soon;
using namespace std::chrono_literals;

namespace {

std::string read_all(Stream& stream) {
  std::string all;
  std::byte buffer[10'000];
  for (;;) {
    const auto got = stream.read(buffer, soon());
    REQUIRE(got);
    if (*got == 0) return all;
    all += as_text({buffer, *got});
  }
}

std::unique_ptr<FdStream> listen_and_connect(const std::filesystem::path& path, Fd& listener) {
  listener = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  auto stream = connect_unix(path.string(), soon());
  REQUIRE(stream);
  return std::move(*stream);
}

}  // namespace

TEST_CASE("a stream pair carries ten megabytes both ways at once") {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::string sent[2];
  for (int side = 0; side < 2; ++side)
    for (std::size_t i = 0; i < 10'000'000; ++i)
      sent[side] += static_cast<char>(i * 7 + i / 251 + side);
  Stream* ends[2] = {pair->first.get(), pair->second.get()};
  std::future<bool> writers[2];
  std::future<std::string> readers[2];
  for (int side = 0; side < 2; ++side) {
    writers[side] = std::async(std::launch::async, [&, side] {
      const bool written = ends[side]->write(as_bytes(sent[side]), soon()).has_value();
      ends[side]->end_writing();
      return written;
    });
    readers[side] = std::async(std::launch::async, [&, side] { return read_all(*ends[side]); });
  }
  for (auto& writer : writers) CHECK(writer.get());
  CHECK((readers[0].get() == sent[1]));
  CHECK((readers[1].get() == sent[0]));
}

TEST_CASE("after end_writing the other side reads the rest, then the end, and can still answer") {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  auto& [near, far] = *pair;
  REQUIRE(near->write(as_bytes("question"), soon()));
  near->end_writing();
  CHECK(read_all(*far) == "question");
  REQUIRE(far->write(as_bytes("answer"), soon()));
  far->end_writing();
  CHECK(read_all(*near) == "answer");
}

TEST_CASE("two pipes make a stream") {
  auto there = make_pipe(), back = make_pipe();
  REQUIRE(there);
  REQUIRE(back);
  FdStream near(std::move(back->first), std::move(there->second));
  FdStream far(std::move(there->first), std::move(back->second));
  REQUIRE(near.write(as_bytes("ping"), soon()));
  near.end_writing();
  CHECK(read_all(far) == "ping");
  REQUIRE(far.write(as_bytes("pong"), soon()));
  far.end_writing();
  CHECK(read_all(near) == "pong");
}

TEST_CASE("a read and a write end at their deadline and the stream stays usable") {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::byte buffer[16];
  const auto begin = std::chrono::steady_clock::now();
  const auto got = pair->first->read(buffer, {.deadline = Deadline::after(50ms)});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);

  const std::string large(50'000'000, 'x');
  const auto written = pair->first->write(as_bytes(large), {.deadline = Deadline::after(50ms)});
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::timed_out);

  REQUIRE(pair->second->write(as_bytes("late"), soon()));
  const auto late = pair->first->read(buffer, soon());
  REQUIRE(late);
  CHECK(as_text({buffer, *late}) == "late");
}

TEST_CASE("a waker notified before a read ends it, and data that was there comes first") {
  auto pair = make_stream_pair();
  auto waker = Waker::create();
  REQUIRE(pair);
  REQUIRE(waker);
  (*waker)->notify();
  std::byte buffer[16];
  auto got = pair->first->read(buffer, {.waker = waker->get()});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::interrupted);

  REQUIRE(pair->second->write(as_bytes("data"), soon()));
  got = pair->first->read(buffer, {.waker = waker->get()});
  REQUIRE(got);
  CHECK(*got == 4);

  (*waker)->clear();
  CHECK_FALSE((*waker)->notified());
  got = pair->first->read(buffer, {.deadline = Deadline::after(20ms), .waker = waker->get()});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::timed_out);
}

TEST_CASE("a waker notified from another thread ends a read that blocks") {
  auto pair = make_stream_pair();
  auto waker = Waker::create();
  REQUIRE(pair);
  REQUIRE(waker);
  std::thread other([&] {
    ::poll(nullptr, 0, 30);  // gives the read a chance to block; right in either order
    (*waker)->notify();
  });
  std::byte buffer[16];
  const auto got =
      pair->first->read(buffer, {.deadline = Deadline::after(10s), .waker = waker->get()});
  other.join();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::interrupted);
}

TEST_CASE("close from another thread wakes a reader, and both sides are at their end") {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::thread other([&] {
    ::poll(nullptr, 0, 30);
    pair->first->close();
  });
  std::byte buffer[16];
  const auto got = pair->first->read(buffer, soon());
  other.join();
  // The reader sees the close itself, or the end of the stream that it causes.
  if (got)
    CHECK(*got == 0);
  else
    CHECK(got.error().code == Errc::disconnected);
  const auto after = pair->first->read(buffer, soon());
  REQUIRE_FALSE(after);
  CHECK(after.error().code == Errc::disconnected);
  CHECK(read_all(*pair->second).empty());
  CHECK_FALSE(pair->first->write(as_bytes("x"), soon()));
}

TEST_CASE("writing to a side that has left is disconnected, not a signal") {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  pair->second.reset();
  const auto written = pair->first->write(as_bytes("x"), soon());
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::disconnected);
}

TEST_CASE("connect_unix reaches a listener and tells apart nobody and nothing") {
  const test::TemporaryDirectory directory;
  Fd listener;
  auto near = listen_and_connect(directory / "socket", listener);
  FdStream far(Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  REQUIRE(near->write(as_bytes("hello"), soon()));
  near->end_writing();
  CHECK(read_all(far) == "hello");

  listener.reset();  // the file stays, nobody listens
  auto refused = connect_unix((directory / "socket").string(), soon());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  auto absent = connect_unix((directory / "absent").string(), soon());
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == Errc::not_found);
  auto too_long = connect_unix(std::string(200, 'x'), soon());
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().code == Errc::usage);
}

TEST_CASE("connect_unix gives up at its deadline when the listener takes nobody in") {
  const test::TemporaryDirectory directory;
  Fd listener;
  auto first = listen_and_connect(directory / "socket", listener);
  std::vector<std::unique_ptr<FdStream>> waiting;  // fill the backlog
  for (int i = 0; i < 100; ++i) {
    auto next = connect_unix((directory / "socket").string(), {.deadline = Deadline::after(50ms)});
    if (!next) {
      CHECK(next.error().code == Errc::timed_out);
      return;
    }
    waiting.push_back(std::move(*next));
  }
  FAIL("a backlog of one took a hundred connections");
}
