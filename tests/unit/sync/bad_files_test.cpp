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
