#include <doctest/doctest.h>

#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "jobs/line_filter.hpp"
#include "jobs/log_index.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;

namespace {

// Everything that a query delivers; checks that chunks are in order and without holes.
std::string collect(World& world, LogQuery query, std::vector<LogChunk>* chunks = nullptr) {
  std::string bytes;
  const auto sink = [&](const LogChunk& chunk) -> Result<void> {
    bytes += chunk.bytes;
    if (chunks) chunks->push_back(chunk);
    return {};
  };
  const auto info = world.host().read_log(query, {}, sink, at_most(60));
  REQUIRE_MESSAGE(info, (info ? "" : info.error().describe()));
  if (query.follow) CHECK(is_final(info->state));
  return bytes;
}

}  // namespace

TEST_CASE("a follow delivers everything and ends with the job") {
  World world;
  world.shell("for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done; exit 9");
  CHECK(collect(world, {.follow = true}) == "line 1\nline 2\nline 3\nline 4\nline 5\n");
  CHECK(world.host().find("last", "", {})->end->code == 9);
}

TEST_CASE("T4: a job that prints EOF does not end a follow, a failure does") {
  World world;
  world.shell("echo EOF; echo EOFError; sleep 0.1; echo more; exit 2");
  CHECK(collect(world, {.follow = true}) == "EOF\nEOFError\nmore\n");
  CHECK(world.host().find("last", "", {})->state == JobState::failed);
}

TEST_CASE("invalid UTF-8, a missing last newline and progress bars arrive untouched") {
  World world;
  CHECK(world.run("printf '\\377\\376\\000\\200'") == std::string("\xff\xfe\0\x80", 4));
  CHECK(collect(world, {}) == std::string("\xff\xfe\0\x80", 4));
  CHECK(world.run("printf '10%%\\r20%%\\r100%%'") == "10%\r20%\r100%");
  CHECK(collect(world, {.last_lines = 1}) == "10%\r20%\r100%");
}

TEST_CASE("reading goes on at an offset") {
  World world;
  world.run("printf 0123456789");
  CHECK(collect(world, {.offset = 4}) == "456789");
  CHECK(collect(world, {.offset = 10}).empty());
  CHECK(collect(world, {.offset = 100}).empty());
}

TEST_CASE("the last lines are found whatever their length") {
  World world;
  world.run("for i in 1 2 3; do head -c 100000 /dev/zero | tr '\\0' $i; echo; done; printf tail");
  CHECK(collect(world, {.last_lines = 1}) == "tail");
  CHECK(collect(world, {.last_lines = 2}) == std::string(100000, '3') + "\ntail");
  CHECK(collect(world, {.last_lines = 9}).size() == 300007);
  CHECK(collect(world, {.last_lines = 0}).empty());
}

TEST_CASE("the last lines of a filter are the last that it lets through") {
  World world;
  world.run("seq 1 30000; printf 'loss and no newline'");
  CHECK(collect(world, {.last_lines = 2, .filter = "99"}) == "29998\n29999\n");
  CHECK(collect(world, {.last_lines = 3, .filter = "777"}) == "27779\n28777\n29777\n");
  CHECK(collect(world, {.last_lines = 1, .filter = "loss"}) == "loss and no newline");
  CHECK(collect(world, {.last_lines = 5, .filter = "not there"}).empty());
  CHECK(collect(world, {.last_lines = 0, .filter = "9"}).empty());
}

TEST_CASE("a filter lets whole lines through, also in a follow, also the last one") {
  World world;
  world.shell("printf 'loss 1\\nother\\nlo'; sleep 0.2; printf 'ss 2\\nno\\n'; printf 'loss 3'");
  CHECK(collect(world, {.filter = "loss", .follow = true}) == "loss 1\nloss 2\nloss 3");
}

TEST_CASE("separate streams are told apart") {
  World world;
  const auto job = world.submit(
      {.command = "echo a; sleep 0.15; echo b >&2; sleep 0.15; echo c", .separate_streams = true});
  std::vector<LogChunk> chunks;
  CHECK(collect(world, {.follow = true}, &chunks) == "a\nb\nc\n");
  std::string out, err;
  for (const auto& chunk : chunks) (chunk.stream == 2 ? err : out) += chunk.bytes;
  CHECK(out == "a\nc\n");
  CHECK(err == "b\n");
  chunks.clear();
  CHECK(collect(world, {.offset = 3}, &chunks) == "\nc\n");
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].stream == 2);
  CHECK(chunks[1].stream == 1);
  CHECK(chunks[1].offset == 4);
  CHECK(read_file(world.folder(job.id) / "log.index")->size() < 200);
}

TEST_CASE("a gigabyte of output is there to the last byte, and its index stays small") {
  World world;
  constexpr std::uint64_t size = 1u << 30;
  const auto job = world.shell("head -c " + std::to_string(size) + " /dev/zero; printf end");
  std::uint64_t got = 0;
  std::string last;
  const auto sink = [&](const LogChunk& chunk) -> Result<void> {
    CHECK(chunk.offset == got);
    CHECK(chunk.bytes.size() <= 256u << 10);
    got += chunk.bytes.size();
    last = chunk.bytes.substr(chunk.bytes.size() - std::min<std::size_t>(3, chunk.bytes.size()));
    return {};
  };
  const auto info = world.host().read_log({.follow = true}, {}, sink, at_most(200));
  REQUIRE(info);
  CHECK(got == size + 3);
  CHECK(last == "end");
  CHECK(info->log_size == size + 3);
  CHECK(std::filesystem::file_size(world.folder(job.id) / "log.index") < 100'000);
}

TEST_CASE("a follow ends at once when it is woken, and at an error of its sink") {
  World world;
  const auto job = world.shell("echo up; exec sleep 9999");
  world.wait_log(job.id, "up");
  const auto waker = *Waker::create();
  bool seen = false;
  std::thread other;
  const auto sink = [&](const LogChunk&) -> Result<void> {
    seen = true;
    other = std::thread([&] { waker->notify(); });
    return {};
  };
  const auto info = world.host().read_log({.follow = true}, {}, sink,
                                          {Deadline::after(std::chrono::seconds(20)), waker.get()});
  other.join();
  CHECK(seen);
  REQUIRE_FALSE(info);
  CHECK(info.error().code == Errc::interrupted);
  const auto refuse = [](const LogChunk&) -> Result<void> {
    return Error{Errc::disconnected, "gone"};
  };
  CHECK(world.host().read_log({.follow = true}, {}, refuse, at_most(20)).error().code ==
        Errc::disconnected);
}

TEST_CASE("a reader is first told which job it reads, and from where") {
  World world;
  world.submit({.key = "one", .name = "a", .command = "printf 12345"});
  const auto two = world.submit({.key = "two", .name = "a", .command = "printf 67890"});
  world.wait_end(two.id);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> begun;
  std::string bytes;
  const auto read = [&](LogQuery query) {
    bytes.clear();
    const auto begin = [&](const JobInfo& job, std::uint64_t offset) -> Result<void> {
      CHECK(bytes.empty());
      begun.emplace_back(job.id, offset);
      return {};
    };
    const auto sink = [&](const LogChunk& chunk) -> Result<void> {
      bytes += chunk.bytes;
      return {};
    };
    REQUIRE(world.host().read_log(query, begin, sink, at_most(20)));
    return begun.back();
  };
  using Begin = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(read({.offset = 2, .offset_of = "two"}) == Begin(2, 2));
  CHECK(bytes == "890");
  CHECK(read({.offset = 2, .offset_of = "one"}) == Begin(2, 0));  // last is another one by now
  CHECK(bytes == "67890");
  CHECK(read({.offset = 9, .offset_of = "two"}) == Begin(2, 0));  // not what we have a copy of
  CHECK(read({.job = "1", .offset = 2, .offset_of = "one"}) == Begin(1, 2));
  CHECK(read({.job = "a", .last_lines = 0}) == Begin(2, 5));
  CHECK(begun.size() == 5);
  const auto refuse = [](const JobInfo&, std::uint64_t) -> Result<void> {
    return Error{Errc::io, "no"};
  };
  const auto none = [](const LogChunk&) -> Result<void> { return Error{Errc::internal, "read"}; };
  CHECK(world.host().read_log({}, refuse, none, at_most(20)).error().code == Errc::io);
}

TEST_CASE("each piece tells when it came, and what came before a time is left out") {
  World world;
  const auto job = world.shell("echo early; while [ ! -e go ]; do sleep 0.02; done; echo late");
  world.wait_log(job.id, "early");
  // The record of the second line gets a time of its own only 50 ms after the first one.
  (void)wait_for(-1, 0, {.deadline = Deadline::after(std::chrono::milliseconds(150))});
  const double between = now();
  (void)wait_for(-1, 0, {.deadline = Deadline::after(std::chrono::milliseconds(100))});
  REQUIRE(write_file_atomic(world.home() / "go", "", 0644));
  world.wait_end(job.id);
  std::vector<LogChunk> chunks;
  CHECK(collect(world, {.times = true}, &chunks) == "early\nlate\n");
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].time < between);
  CHECK(chunks[1].time > between);
  CHECK(now() - chunks[1].time < 60);
  chunks.clear();
  CHECK(collect(world, {.since = between, .times = true}, &chunks) == "late\n");
  CHECK(chunks.at(0).offset == 6);
  CHECK(collect(world, {.since = between, .last_lines = 5}) == "late\n");
  CHECK(collect(world, {.since = now() + 60}).empty());
  CHECK(collect(world, {.since = 1}) == "early\nlate\n");
  chunks.clear();
  collect(world, {.filter = "late", .times = true}, &chunks);
  CHECK(chunks.at(0).time > between);
  chunks.clear();
  collect(world, {}, &chunks);
  CHECK(chunks.at(0).time == 0);
}

TEST_CASE("a follow that holds back delivers in few pieces, and the end of the job at once") {
  World world;
  const auto job = world.shell(
      "echo first; i=0; while [ $i -lt 30 ]; do echo $i; sleep 0.02; "
      "i=$((i+1)); done; while [ ! -e go ]; do sleep 0.02; done; echo end");
  world.wait_log(job.id, "29");
  std::vector<LogChunk> chunks;
  std::thread later([&] {
    world.wait_log(job.id, "29");
    REQUIRE(write_file_atomic(world.home() / "go", "", 0644));
  });
  const auto text = collect(world, {.follow = true, .every = 3600}, &chunks);
  later.join();
  CHECK(text.starts_with("first\n0\n1\n"));
  CHECK(text.ends_with("29\nend\n"));
  CHECK(chunks.size() <= 2);
}

TEST_CASE("a torn record of the index is skipped") {
  CHECK(parse_index_record("12 1763694386.120 2")->offset == 12);
  CHECK(parse_index_record("12 1763694386.120 2")->stream == 2);
  CHECK(parse_index_record("12 1763694386.120 2")->time == 1763694386.12);
  for (const std::string line :
       {"", "12", "12 1.0", "12 1.0 7", "x 1.0 1", "12 1.0 1 9", "-1 1.0 1", "12 x 1"})
    CHECK_FALSE(parse_index_record(line));
}

TEST_CASE("lines of two streams are filtered apart") {
  std::string passed;
  const LogSink sink = [&](const LogChunk& chunk) -> Result<void> {
    passed += std::to_string(chunk.offset) + ":" + chunk.bytes + ";";
    return {};
  };
  LineFilter filter("a", sink);
  REQUIRE(filter.add({0, "xa", 1}));
  REQUIRE(filter.add({2, "zz\nya\n", 2}));
  REQUIRE(filter.add({8, "b\n", 1}));
  REQUIRE(filter.finish());
  CHECK(passed == "5:ya\n;0:xab\n;");
}

TEST_CASE("reading on after a filtered chunk skips no line that was still open") {
  const std::vector<LogChunk> log = {
      {0, "skip\n", 1, 5}, {5, "xa", 1, 7}, {7, "zz\nya\n", 2, 13}, {13, "b\n", 1, 15}};
  std::vector<LogChunk> passed;
  const LogSink sink = [&](const LogChunk& chunk) -> Result<void> {
    passed.push_back(chunk);
    return {};
  };
  LineFilter filter("a", sink);
  for (const auto& chunk : log) REQUIRE(filter.add(chunk));
  REQUIRE(filter.finish());
  REQUIRE(passed.size() == 2);
  CHECK(passed[0].bytes == "ya\n");
  CHECK(passed[0].next == 5);  // "xa" may become a line that is wanted
  CHECK(passed[1].bytes == "xab\n");
  CHECK(passed[1].next == 15);
}
