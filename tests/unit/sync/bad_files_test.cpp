// Disks that fill, and files that change or vanish while they are read, of a push and a pull. Those of a
// sync are in fault_test.cpp.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <random>

#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

// A tmpfs of 1 MiB on a directory.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path directory) : directory_(std::move(directory)) {
    fs::create_directories(directory_);
    is_there_ = ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1m") == 0;
    if (!is_there_)
      MESSAGE("cannot mount a tmpfs here (needs root); covered where the tests run as root");
  }
  SmallDisk(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) ::umount2(directory_.c_str(), MNT_DETACH);
  }
  bool is_there() const { return is_there_; }
  void grow() const {
    REQUIRE(::mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT, "size=8m") == 0);
  }

 private:
  fs::path directory_;
  bool is_there_ = false;
};

// What a file may do to whoever reads it.
void meddle(const fs::path& file, const std::string& what) {
  if (what == "grows") put(file, std::string(1'000'000, 'n'));
  if (what == "shrinks") fs::resize_file(file, 300'000);
  if (what == "changes") put(file, std::string(900'000, 'm'));
  if (what == "vanishes") fs::remove(file);
  if (what == "becomes a link") {
    fs::remove(file);
    fs::create_symlink("/etc/passwd", file);
  }
}

// Meddles after the first bytes have come by.
class Meddler final : public Observer {
 public:
  Meddler(fs::path file, std::string what) : file_(std::move(file)), what_(std::move(what)) {}
  void progress(const Progress& progress) override {
    if (progress.done > 0 && !std::exchange(done_, true)) meddle(file_, what_);
  }

 private:
  fs::path file_;
  std::string what_;
  bool done_ = false;
};

const std::vector<std::string> kinds{"grows", "shrinks", "changes", "vanishes", "becomes a link"};

}  // namespace

TEST_CASE("a disk that fills during a pull tears nothing, and the next one goes on") {
  Bench bench;
  const SmallDisk disk(bench.local() / "got");
  if (!disk.is_there()) return;
  std::mt19937 random(1);
  const auto old = noise(random, 100'000), first = noise(random, 500'000),
             second = noise(random, 700'000);
  put(bench.local() / "got/b", old);
  put(bench.mirror() / "a", first);
  put(bench.mirror() / "b", second);
  const auto pull = [&] {
    return libre::sync::pull_files(bench.endpoint(), bench.spec, {"a", "b"}, bench.local() / "got/",
                                   nullptr, {});
  };
  const auto full = pull();
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Errc::disk_full);
  CHECK(full.error().describe().find("free") != std::string::npos);
  CHECK(get(bench.local() / "got/a") == first);
  CHECK(get(bench.local() / "got/b") == old);
  disk.grow();
  const auto again = pull();
  REQUIRE(again);
  CHECK(again->bytes_moved < 600'000);
  CHECK(get(bench.local() / "got/b") == second);
}

TEST_CASE("a disk that fills during a push tears nothing, and the next one goes on") {
  Bench bench;
  const SmallDisk disk(bench.mirror());
  if (!disk.is_there()) return;
  std::mt19937 random(2);
  const auto first = noise(random, 500'000), second = noise(random, 700'000);
  put(bench.local() / "a", first);
  put(bench.local() / "b", second);
  const auto push = [&] {
    return libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a", "b"}, "data/",
                                   nullptr, {});
  };
  const auto full = push();
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Errc::disk_full);
  CHECK(get(bench.mirror() / "data/a") == first);
  CHECK_FALSE(is_there(bench.mirror() / "data/b"));
  disk.grow();
  const auto again = push();
  REQUIRE(again);
  CHECK(again->bytes_moved < 600'000);
  CHECK(get(bench.mirror() / "data/b") == second);
}

TEST_CASE("a file that changes over there while it is pulled is never torn, and said") {
  for (const auto& kind : kinds) {
    CAPTURE(kind);
    Bench bench;
    put(bench.local() / "got/a", "the old one");
    const std::string content(900'000, 'n');
    put(bench.mirror() / "a", content);
    Meddler meddler(bench.mirror() / "a", kind);
    const auto report = libre::sync::pull_files(bench.endpoint(), bench.spec, {"a"},
                                                bench.local() / "got/", &meddler, {});
    REQUIRE(report);
    // All of it may have been on its way already.
    const auto got = get(bench.local() / "got/a");
    CHECK((got == "the old one" || got == content));
    CHECK(paths_of(report->notes, Kind::vanished).empty() == (got == content));
    CHECK_FALSE(is_there(bench.local() / "got/.re-staging"));
    if (kind == "vanishes" || kind == "becomes a link") continue;
    REQUIRE(libre::sync::pull_files(bench.endpoint(), bench.spec, {"a"}, bench.local() / "got/",
                                    nullptr, {}));
    CHECK(get(bench.local() / "got/a") == get(bench.mirror() / "a"));
  }
}

TEST_CASE("a file that changes here while it is pushed is never torn, and said") {
  for (const auto& kind : kinds) {
    CAPTURE(kind);
    Bench bench;
    put(bench.mirror() / "data/other", "o");
    put(bench.local() / "a", "the old one");
    const auto push = [&](Observer* observer) {
      return libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a"}, "data/",
                                     observer, {});
    };
    REQUIRE(push(nullptr));
    put(bench.local() / "a", std::string(900'000, 'n'));
    Meddler meddler(bench.local() / "a", kind);
    const auto report = push(&meddler);
    REQUIRE(report);
    const auto there = get(bench.mirror() / "data/a");
    CHECK((there == "the old one" || there == std::string(900'000, 'n')));
    if (kind == "vanishes" || kind == "becomes a link") continue;
    REQUIRE(push(nullptr));
    CHECK(get(bench.mirror() / "data/a") == get(bench.local() / "a"));
  }
}

namespace {

// Meddles with a file when half of what is to come has come by.
class HalfWayMeddler final : public Observer {
 public:
  HalfWayMeddler(fs::path file, std::string what)
      : file_(std::move(file)), what_(std::move(what)) {}
  void progress(const Progress& progress) override {
    if (progress.done < progress.total / 2 || std::exchange(done_, true)) return;
    const auto content = get(file_);
    if (what_ == "grows") put(file_, content + std::string(100'000, 'n'));
    if (what_ == "shrinks") fs::resize_file(file_, content.size() / 4);
    if (what_ == "changes") put(file_, std::string(content.size(), 'm'));
    if (what_ == "vanishes") fs::remove(file_);
    if (what_ == "becomes a link") {
      fs::remove(file_);
      fs::create_symlink("/etc/passwd", file_);
    }
  }
  bool done() const { return done_; }

 private:
  fs::path file_;
  std::string what_;
  bool done_ = false;
};

// A file, and what it becomes: so much of it is new that it is not sent in a moment.
struct Versions {
  std::string old, now;
};
Versions versions(std::size_t size) {
  std::mt19937 random(9);
  Versions made{.old = noise(random, size), .now = {}};
  made.now = made.old;
  for (std::size_t at = 0; at + 4096 <= size; at += 8192)
    made.now.replace(at, 4096, noise(random, 4096));
  return made;
}

bool is_gone(const std::string& kind) { return kind == "vanishes" || kind == "becomes a link"; }

}  // namespace

TEST_CASE(
    "a file that changes half way through a sync is right in the end, whole or by its changes") {
  for (const auto& kind : kinds)
    for (const bool by_changes : {false, true}) {
      CAPTURE(kind);
      CAPTURE(by_changes);
      Bench bench;
      const auto [old, now] = versions(3'000'000);  // more than an update carries
      if (by_changes) {
        put(bench.local() / "a", old);
        bench.sync();
      }
      put(bench.local() / "a", now);
      HalfWayMeddler meddler(bench.local() / "a", kind);
      const auto report = libre::sync::sync_project(bench.project, bench.endpoint(), bench.spec,
                                                    "bench", {}, &meddler, {});
      REQUIRE(report);
      CHECK(meddler.done());
      CHECK(paths_of(report->notes, Kind::vanished).empty());
      // Who has a file open reads on in it when its name is gone; the next sync removes it.
      if (is_gone(kind)) {
        CHECK((get(bench.mirror() / "a") == now));
        bench.sync();
      }
      auto here = picture(bench.local());
      std::erase_if(here, [](const auto& item) { return item.first.starts_with(".recompute"); });
      CHECK((picture(bench.mirror()) == here));
    }
}

TEST_CASE("a file that changes half way through a push stays the old one there, and that is said") {
  for (const auto& kind : kinds)
    for (const bool by_changes : {false, true}) {
      CAPTURE(kind);
      CAPTURE(by_changes);
      Bench bench;
      const libre::sync::BlockMemory blocks(bench.local() / ".recompute/blocks");
      const auto push = [&](Observer* observer) {
        auto report =
            libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a"}, "data/",
                                    observer, {}, {}, by_changes ? &blocks : nullptr);
        REQUIRE(report);
        return *report;
      };
      const auto [old, now] = versions(3'000'000);
      put(bench.local() / "a", old);
      push(nullptr);
      put(bench.local() / "a", now);
      HalfWayMeddler meddler(bench.local() / "a", kind);
      const auto report = push(&meddler);
      CHECK(meddler.done());
      // Who has a file open reads on in it when its name is gone.
      const auto there = get(bench.mirror() / "data/a");
      CHECK((there == old || (is_gone(kind) && there == now)));
      CHECK(paths_of(report.notes, Kind::vanished).empty() == (there == now));
      if (is_gone(kind)) continue;
      push(nullptr);
      CHECK((get(bench.mirror() / "data/a") == get(bench.local() / "a")));
    }
}

TEST_CASE("a file that changes half way through a pull stays the old one here, and that is said") {
  for (const auto& kind : kinds)
    for (const bool by_changes : {false, true}) {
      CAPTURE(kind);
      CAPTURE(by_changes);
      Bench bench;
      // Nothing lies between reading and writing here, so the rest is still to be read.
      libre::sync::LocalEndpoint endpoint(bench.places(),
                                          std::make_shared<libre::sync::MirrorLocks>());
      const auto pull = [&](Observer* observer) {
        auto report = libre::sync::pull_files(endpoint, bench.spec, {"a"}, bench.local() / "got/",
                                              observer, {});
        REQUIRE(report);
        return *report;
      };
      const auto [old, now] = versions(3'000'000);
      put(bench.local() / "got/a", by_changes ? old : "the old one");
      age(bench.local() / "got/a", 100);  // of the same size and time it would count as the same
      put(bench.mirror() / "a", now);
      HalfWayMeddler meddler(bench.mirror() / "a", kind);
      const auto report = pull(&meddler);
      CHECK(meddler.done());
      const auto got = get(bench.local() / "got/a");
      const bool is_old = got == (by_changes ? old : "the old one");
      CHECK((is_old || (is_gone(kind) && got == now)));
      CHECK(paths_of(report.notes, Kind::vanished).empty() != is_old);
      CHECK_FALSE(is_there(bench.local() / "got/.re-staging"));
      if (is_gone(kind)) continue;
      pull(nullptr);
      CHECK((get(bench.local() / "got/a") == get(bench.mirror() / "a")));
    }
}

TEST_CASE("a file that vanishes between the list and its contents is said, and the others come") {
  Bench bench;
  // The first file takes so long that the second one is still to be opened.
  put(bench.mirror() / "a", std::string(3'000'000, 'a'));
  put(bench.mirror() / "b", "b");
  put(bench.mirror() / "c", "c");
  libre::sync::LocalEndpoint endpoint(bench.places(), std::make_shared<libre::sync::MirrorLocks>());
  HalfWayMeddler meddler(bench.mirror() / "b", "vanishes");
  const auto report = libre::sync::pull_files(endpoint, bench.spec, {"a", "b", "c"},
                                              bench.local() / "got/", &meddler, {});
  REQUIRE(report);
  CHECK(meddler.done());
  CHECK(report->files_moved == 2);
  CHECK(paths_of(report->notes, Kind::vanished) == std::vector<std::string>{"b"});
  CHECK_FALSE(is_there(bench.local() / "got/b"));
  CHECK(get(bench.local() / "got/c") == "c");
}
