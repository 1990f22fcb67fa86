#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "base/random.hpp"
#include "cut_stream.hpp"
#include "stop_after.hpp"
#include "sync/contents.hpp"
#include "sync/staging.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

TEST_CASE("an interrupted large file goes on where it was") {
  Bench bench;
  Random random(3);
  const auto content = noise(random, 12'000'000);
  put(bench.local() / "big.bin", content);
  // What has come and was not looked at yet is lost: 4 MiB at most, and what the sockets hold.
  with_cut_connection(bench, 10'000'000, [&](libre::sync::Endpoint& endpoint) {
    CHECK_FALSE(
        libre::sync::sync_project(bench.project, endpoint, bench.spec, "bench", {}, nullptr, {}));
  });
  CHECK_FALSE(is_there(bench.mirror() / "big.bin"));
  const auto report = bench.sync();
  CHECK(report.bytes_sent < 8'000'000);
  CHECK(get(bench.mirror() / "big.bin") == content);
  CHECK_FALSE(is_there(bench.mirror() / ".re-staging"));
}

TEST_CASE("a sync leaves the partial files of other transfers where they are, for a week") {
  using namespace std::chrono;
  Bench bench;
  const auto staging = bench.mirror() / ".re-staging";
  put(staging / "interrupted", "10 GB, nearly");
  put(bench.local() / "a.py", "a");
  bench.sync();
  CHECK(get(staging / "interrupted") == "10 GB, nearly");
  auto root = libre::sync::Rooted::open(bench.mirror());
  REQUIRE(root);
  REQUIRE(
      libre::sync::clear_staging(*root, [](const auto& name) { return name == "interrupted"; }));
  CHECK_FALSE(is_there(staging));
}

TEST_CASE("a full disk is said with place and free space, tears nothing, and keeps what arrived") {
  Bench bench;
  fs::create_directories(bench.mirror());
  if (::mount("tmpfs", bench.mirror().c_str(), "tmpfs", 0, "size=1m") != 0) {
    MESSAGE("cannot mount a tmpfs here (needs root); covered where the tests run as root");
    return;
  }
  put(bench.local() / "a.py", "old");
  bench.sync();
  put(bench.local() / "a.py", "new");
  put(bench.local() / "b.bin", std::string(900'000, 'b'));
  put(bench.local() / "c.bin", std::string(900'000, 'c'));
  const auto failed = bench.try_sync();
  bool resumed = false;
  if (!failed) {
    CHECK(failed.error().code == Errc::disk_full);
    CHECK(failed.error().describe().find("free") != std::string::npos);
    CHECK(failed.error().describe().find("projects/project") != std::string::npos);
    CHECK(get(bench.mirror() / "a.py") == "new");
    REQUIRE(::mount("tmpfs", bench.mirror().c_str(), "tmpfs", MS_REMOUNT, "size=8m") == 0);
    const auto report = bench.sync();
    resumed = report.bytes_sent < 900'000;
    CHECK(get(bench.mirror() / "c.bin") == std::string(900'000, 'c'));
  }
  ::umount2(bench.mirror().c_str(), MNT_DETACH);
  CHECK_FALSE(failed);
  CHECK(resumed);
}

TEST_CASE("a file that grows, shrinks, changes or vanishes while it is sent is never torn") {
  using namespace libre::sync;
  for (const std::string change : {"grows", "shrinks", "changes", "vanishes"}) {
    CAPTURE(change);
    Bench bench;
    put(bench.local() / "a.bin", "the old one");
    bench.sync();
    const std::string content(900'000, 'n');
    put(bench.local() / "a.bin", content);
    // Changes the file after the first piece of it has been read.
    class Meddler final : public Observer {
     public:
      Meddler(fs::path file, std::string what) : file_(std::move(file)), what_(std::move(what)) {}
      void progress(const Progress& progress) override {
        if (done_ || progress.done == 0) return;
        done_ = true;
        if (what_ == "grows") put(file_, std::string(1'000'000, 'n'));
        if (what_ == "shrinks") fs::resize_file(file_, 300'000);
        if (what_ == "changes") put(file_, std::string(900'000, 'm'));
        if (what_ == "vanishes") {
          fs::resize_file(file_, 0);
          fs::remove(file_);
        }
      }
      fs::path file_;
      std::string what_;
      bool done_ = false;
    } meddler(bench.local() / "a.bin", change);
    const auto report =
        sync_project(bench.project, bench.endpoint(), bench.spec, "bench", {}, &meddler, {});
    REQUIRE(report);
    // What was sent after all is the new one.
    CHECK(paths_of(report->notes, Kind::vanished).empty());
    CHECK(is_there(bench.mirror() / "a.bin") == (change != "vanishes"));
    CHECK(get(bench.mirror() / "a.bin") == get(bench.local() / "a.bin"));
  }
}

TEST_CASE("a file that changes behind the sender's back, times and all, is seen by its receiver") {
  Bench bench;
  const auto file = bench.local() / "a.bin";
  put(file, std::string(3'000'000, 'n'));
  // Its end is another one after the first piece was read, and nothing but the content tells.
  class Meddler final : public Observer {
   public:
    explicit Meddler(fs::path file) : file_(std::move(file)) {}
    void progress(const Progress& progress) override {
      if (done_ || progress.done == 0) return;
      done_ = true;
      const auto time = fs::last_write_time(file_);
      put(file_, std::string(2'000'000, 'n') + std::string(1'000'000, 'm'));
      fs::last_write_time(file_, time);
    }
    fs::path file_;
    bool done_ = false;
  } meddler(file);
  const auto report = libre::sync::sync_project(bench.project, bench.endpoint(), bench.spec,
                                                "bench", {}, &meddler, {});
  REQUIRE(report);
  CHECK(meddler.done_);
  CHECK(paths_of(report->notes, Kind::vanished).empty());
  CHECK((get(bench.mirror() / "a.bin") == get(file)));
}

TEST_CASE("a file that does not stop changing is said to be the old one there") {
  Bench bench;
  put(bench.local() / "a.bin", "the old one");
  bench.sync();
  put(bench.local() / "a.bin", std::string(900'000, 'n'));
  class Writer final : public Observer {
   public:
    explicit Writer(fs::path file) : file_(std::move(file)) {}
    void progress(const Progress& progress) override {
      if (progress.done > 0) put(file_, std::string(900'000 + ++times_, 'n'));
    }
    fs::path file_;
    std::size_t times_ = 0;
  } writer(bench.local() / "a.bin");
  const auto report = libre::sync::sync_project(bench.project, bench.endpoint(), bench.spec,
                                                "bench", {}, &writer, {});
  REQUIRE(report);
  CHECK(paths_of(report->notes, Kind::vanished) == std::vector<std::string>{"a.bin"});
  CHECK(get(bench.mirror() / "a.bin") == "the old one");
  bench.sync();
  CHECK(get(bench.mirror() / "a.bin") == get(bench.local() / "a.bin"));
}

TEST_CASE("an interrupted pull goes on where it was") {
  Bench bench;
  std::string content;
  Random random(5);
  while (content.size() < 2'000'000) content += std::to_string(random());
  put(bench.mirror() / "big", content);
  auto waker = Waker::create();
  REQUIRE(waker);
  StopAfter stopper(**waker, 600'000);
  libre::sync::LocalEndpoint endpoint(bench.places(), std::make_shared<libre::sync::MirrorLocks>());
  CHECK_FALSE(libre::sync::pull_files(endpoint, bench.spec, {"big"}, bench.local() / "got",
                                      &stopper, {.waker = waker->get()}));
  CHECK_FALSE(is_there(bench.local() / "got"));
  const auto report =
      libre::sync::pull_files(endpoint, bench.spec, {"big"}, bench.local() / "got", nullptr, {});
  REQUIRE(report);
  CHECK(report->bytes_moved < 1'500'000);
  CHECK(get(bench.local() / "got") == content);
}

TEST_CASE(
    "what a journal could not write for want of room is written later, and nothing behind it is "
    "lost") {
  Scratch scratch;
  const auto place = [](int size) {
    return libre::sync::Placed{.size = static_cast<std::uint64_t>(size)};
  };
  auto journal = libre::sync::Journal::open(scratch.path());
  REQUIRE(journal);
  REQUIRE(journal->put("a", place(1)));
  REQUIRE(journal->flush());
  REQUIRE(journal->put("b", place(2)));
  // A file that may not grow beyond the middle of the next record.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{fs::file_size(scratch.path() / "journal") + 20, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto failed = journal->flush();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, old_handler);
  CHECK_FALSE(failed);
  REQUIRE(journal->put("c", place(3)));
  REQUIRE(journal->flush());
  const auto loaded = libre::sync::Journal::load(scratch.path());
  REQUIRE(loaded);
  CHECK(*loaded == journal->manifest());
  CHECK(loaded->size() == 3);
}
