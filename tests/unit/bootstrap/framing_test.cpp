#include "bootstrap/framing.hpp"
#include "support/patience.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace libre;
using libre::testing::soon;
using namespace libre::bootstrap;

namespace {
struct Pipe {
  Pipe() {
    auto pair = make_stream_pair();
    REQUIRE(pair);
    here = std::move(pair->first);
    there = std::move(pair->second);
  }
  void say(std::string_view text) { REQUIRE(there->write(as_bytes(text), {})); }
  std::unique_ptr<Stream> here, there;
};
}  // namespace

TEST_CASE("only lines that begin with the marker are read") {
  Pipe pipe;
  pipe.say(
      "hello\nxmark begin no\n mark begin no\nmarker no\nmark begin login Linux\r\nmark "
      "failed\nrest");
  MarkedReader reader(*pipe.here, "mark");
  const auto first = reader.next(soon());
  REQUIRE(first);
  CHECK(first->verb == "begin");
  CHECK(first->text == "login Linux");
  const auto second = reader.next(soon());
  REQUIRE(second);
  CHECK(second->verb == "failed");
  CHECK(second->text == "");
  CHECK(reader.take_rest() == "rest");
  CHECK(reader.noise() == "hello | xmark begin no |  mark begin no | marker no");
}

TEST_CASE("a deadline loses no bytes of a line that is under way") {
  Pipe pipe;
  pipe.say("mark be");
  MarkedReader reader(*pipe.here, "mark");
  const auto early = reader.next({.deadline = Deadline::after(std::chrono::milliseconds(1))});
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Errc::timed_out);
  pipe.say("gin x\n");
  const auto late = reader.next(soon());
  REQUIRE(late);
  CHECK(late->verb == "begin");
}

TEST_CASE("a megabyte of noise is skipped, more is refused") {
  for (const std::size_t size : {std::size_t{1'000'000}, std::size_t{1'200'000}}) {
    Pipe pipe;
    std::thread writer([&] {
      (void)pipe.there->write(as_bytes(std::string(size, 'x') + "\nmark begin x\n"), soon());
    });
    MarkedReader reader(*pipe.here, "mark");
    const auto line = reader.next(soon());
    CHECK(line.has_value() == (size < (1u << 20)));
    if (!line) CHECK(line.error().code == Errc::protocol);
    pipe.here.reset();
    writer.join();
  }
}

TEST_CASE("noise in messages is short and cannot move the cursor") {
  Pipe pipe;
  pipe.say(
      "\x1b[2J"
      "account closed\n" +
      std::string(5000, 'y') + "\n");
  pipe.there->end_writing();
  MarkedReader reader(*pipe.here, "mark");
  const auto line = reader.next(soon());
  REQUIRE_FALSE(line);
  CHECK(line.error().code == Errc::disconnected);
  CHECK(reader.noise().starts_with("\\x1b[2Jaccount closed | yyy"));
  CHECK(reader.noise().size() < 500);
}
