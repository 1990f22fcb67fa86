// Files that look the same on both sides, by size and time, and are not: a pull with a memory sees it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <random>

#include "sync/file_times.hpp"
#include "sync/pull_memory.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

// A bench whose set/ is pulled to got/.
class Puller {
 public:
  Bench bench;
  fs::path there(const std::string& name = "a") const { return bench.mirror() / "set" / name; }
  fs::path here(const std::string& name = "a") const { return bench.local() / "got" / name; }
  fs::path memory() const { return bench.local() / ".recompute/pulled"; }

  TransferReport pull(const TransferOptions& options = {}) {
    let_the_clock_move();
    const auto before = bench.turns();
    auto report = libre::sync::pull_files(bench.endpoint(), bench.spec, {"set/"},
                                          bench.local() / "got", nullptr, {}, options, memory());
    if (!report) FAIL(report.error().describe());
    exchanges = bench.turns() - before;
    return *report;
  }
  std::uint64_t exchanges = 0;  // of the last pull

  // What was written before is older than the clock of files says now. A few ticks of the kernel's.
  static void let_the_clock_move() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const auto now_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    while (libre::sync::file_clock_ns() <= now_ns) std::this_thread::yield();
  }
};

// Another content of the same size and time.
void change_without_a_trace(const fs::path& file) {
  struct ::stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  auto content = get(file);
  content[content.size() / 2] ^= 1;
  put(file, content);
  const timespec times[2] = {status.st_atim, status.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

// Changes nothing but the time of the last change of the inode.
void brush(const fs::path& file) {
  Puller::let_the_clock_move();
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
}

}  // namespace

TEST_CASE("a pulled file that is changed here at the same size and time comes again") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  change_without_a_trace(puller.here());
  const auto report = puller.pull();
  CHECK(report.files_moved == 1);
  CHECK(puller.exchanges == 2);  // what is there, and the contents
  CHECK(get(puller.here()) == "content");
  CHECK(puller.pull().files_moved == 0);
  CHECK(puller.exchanges == 1);
}

TEST_CASE("a file over there that is changed at the same size and time comes again") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  change_without_a_trace(puller.there());
  CHECK(puller.pull().files_moved == 1);
  CHECK(get(puller.here()) == get(puller.there()));
  CHECK(get(puller.here()) != "content");
}

TEST_CASE("a file that was never pulled and looks like the one there is compared by its content") {
  Puller puller;
  for (const std::string name : {"same", "other"}) {
    put(puller.there(name), "content");
    put(puller.here(name), name == "same" ? "content" : "CONTENT");
    fs::last_write_time(puller.here(name), fs::last_write_time(puller.there(name)));
  }
  CHECK(puller.pull().files_moved == 1);
  CHECK(puller.exchanges == 3);  // what is there, the digests, the content of one
  CHECK(get(puller.here("other")) == "content");
  CHECK(puller.pull().files_moved == 0);
  CHECK(puller.exchanges == 1);
}

TEST_CASE(
    "a file that was changed here within the tick in which its original was written is seen") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  // The times that it would have if it had been edited in that tick.
  put(puller.here(), "CONTENT");
  struct ::stat status {};
  REQUIRE(::stat(puller.there().c_str(), &status) == 0);
  const timespec times[2] = {status.st_mtim, status.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, puller.here().c_str(), times, 0) == 0);
  CHECK(puller.pull().files_moved == 1);
  CHECK(get(puller.here()) == "content");
}

TEST_CASE("a file that is replaced here by another one with the same size and times is seen") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  const auto beside = puller.bench.local() / "beside";
  put(beside, "CONTENT");
  fs::last_write_time(beside, fs::last_write_time(puller.here()));
  fs::rename(beside, puller.here());
  CHECK(puller.pull().files_moved == 1);
  CHECK(get(puller.here()) == "content");
}

TEST_CASE("what was touched and is the same costs an exchange at most, and is remembered") {
  Puller puller;
  const auto content = noise(200'000, 1);
  put(puller.there(), content);
  puller.pull();
  brush(puller.here());
  CHECK(puller.pull().bytes_moved == 0);
  CHECK(puller.exchanges == 1);  // it is known what it was over there
  brush(puller.there());
  CHECK(puller.pull().bytes_moved == 0);
  CHECK(puller.exchanges == 2);  // its digest is asked for
  CHECK(puller.pull().bytes_moved == 0);
  CHECK(puller.exchanges == 1);
  put(puller.memory(), "damaged");
  CHECK(puller.pull().bytes_moved == 0);
  CHECK(puller.exchanges == 2);
  CHECK(puller.pull().bytes_moved == 0);
  CHECK(puller.exchanges == 1);
}

TEST_CASE("of a large file that was changed here at the same size and time only the change comes") {
  Puller puller;
  const auto content = noise(3'000'000, 2);
  put(puller.there(), content);
  puller.pull();
  change_without_a_trace(puller.here());
  CHECK(puller.pull().bytes_moved <= 4096);
  CHECK((get(puller.here()) == content));
}

TEST_CASE("executable or not travels by itself, and is no change of the content") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  fs::permissions(puller.there(), fs::perms::owner_exec, fs::perm_options::add);
  CHECK(puller.pull().files_moved == 0);
  CHECK((fs::status(puller.here()).permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK(puller.pull().files_moved == 0);
  CHECK(puller.exchanges == 1);
}

TEST_CASE("a dry run of a pull says another content, and remembers nothing") {
  Puller puller;
  put(puller.there(), "content");
  puller.pull();
  change_without_a_trace(puller.here());
  const auto before = get(puller.memory());
  const auto report = puller.pull({.dry_run = true});
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0].detail == "another content");
  CHECK(report.files_moved == 1);
  CHECK(report.bytes_moved == 7);
  CHECK(get(puller.here()) != "content");
  CHECK(get(puller.memory()) == before);
}

TEST_CASE("after any changes without a trace on both sides a pull makes the files equal") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Puller puller;
    for (int i = 0; i < 12; ++i)
      put(puller.there(std::to_string(i)), noise(random, 1 + random() % (i == 0 ? 90'000 : 50)));
    for (int round = 0; round < 6; ++round) {
      CAPTURE(round);
      puller.pull();
      for (const auto& [path, value] : picture(puller.bench.mirror() / "set"))
        CHECK((get(puller.here(path)) == get(puller.there(path))));
      for (int i = 0; i < 12; ++i) {
        const auto name = std::to_string(i);
        switch (random() % 8) {
          case 0:
            change_without_a_trace(puller.here(name));
            break;
          case 1:
            change_without_a_trace(puller.there(name));
            break;
          case 2:
            change_without_a_trace(puller.here(name));
            change_without_a_trace(puller.there(name));
            break;
          case 3:
            put(puller.there(name), noise(random, 1 + random() % 50));
            break;
          case 4:
            fs::remove(puller.here(name));
            break;
          default:
            break;
        }
      }
      if (random() % 4 == 0) fs::remove(puller.memory());
    }
  }
}

TEST_CASE("what was pulled is remembered on disk, whatever its name") {
  using libre::sync::Pulled;
  const Scratch scratch;
  const auto file = scratch.path() / "pulled";
  libre::sync::PullMemory memory;
  const Pulled pulled{.content = {.bytes = {1}},
                      .here = {.size = 2, .mtime_ns = -3, .ctime_ns = 4, .inode = 5},
                      .there = {.bytes = {6}},
                      .settled = true};
  memory.note("/home/me/\xff\n", pulled);
  CHECK(memory.has_changed());
  REQUIRE(memory.save(file));
  auto again = libre::sync::PullMemory::load(file);
  const auto* known = again.find("/home/me/\xff\n");
  REQUIRE(known);
  CHECK(known->content == pulled.content);
  CHECK(known->here == pulled.here);
  CHECK(known->there == pulled.there);
  CHECK(known->settled);
  CHECK_FALSE(again.has_changed());
  CHECK_FALSE(again.find("/home/me"));
}
