// The watcher over real directories. With no quiet time to wait for, what has happened is told by the
// next call, and so is that nothing has.
#include "sync/watch/watcher.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/patience.hpp"
#include "workshop.hpp"

using namespace libre;
using libre::testing::soon;
using namespace workshop;
using libre::sync::Watcher;

namespace {

// How many directories this process watches, as the kernel says.
int watches() {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) count += line.starts_with("inotify ");
  }
  return count;
}

struct World {
  Scratch scratch;
  Project project;
  std::unique_ptr<Watcher> watcher;

  World() {
    project = {.root = scratch.path() / "p", .name = "p", .id = "i"};
    fs::create_directories(root() / ".recompute");
  }
  const fs::path& root() const { return project.root; }
  void open(libre::sync::WatcherOptions options = {.quiet = std::chrono::milliseconds(0)}) {
    auto opened = Watcher::open(project, options, nullptr, {});
    if (!opened) FAIL(opened.error().describe());
    watcher = *std::move(opened);
    CHECK_FALSE(changed());
  }
  // Has anything changed since the last call?
  bool changed() {
    const auto waited =
        watcher->wait_for_change({.deadline = Deadline::after(std::chrono::milliseconds(0))});
    if (!waited && waited.error().code != Errc::timed_out) FAIL(waited.error().describe());
    return waited.has_value();
  }
};

}  // namespace

TEST_CASE("what is written, made, renamed, removed or made executable is a change, once") {
  World world;
  const auto& root = world.root();
  put(root / "a.py", "1");
  put(root / "sub/b.py", "1");
  world.open();
  const auto is_one_change = [&](auto&& work) {
    work();
    const bool first = world.changed();
    return first && !world.changed();
  };
  CHECK(is_one_change([&] { put(root / "a.py", "2"); }));
  CHECK(is_one_change([&] { put(root / "c.py", "1"); }));
  CHECK(is_one_change([&] { put(root / "c.py", "2"); }));
  CHECK(is_one_change([&] { fs::rename(root / "c.py", root / "sub/d.py"); }));
  CHECK(is_one_change([&] { put(root / "sub/d.py", "3"); }));
  CHECK(is_one_change([&] { fs::remove(root / "sub/d.py"); }));
  CHECK(is_one_change([&] { REQUIRE(::chmod((root / "a.py").c_str(), 0755) == 0); }));
  CHECK(is_one_change([&] { fs::create_symlink("a.py", root / "link"); }));
  CHECK(is_one_change([&] { fs::create_directory(root / "empty"); }));
  CHECK(is_one_change([&] { fs::remove(root / "empty"); }));
}

TEST_CASE("the ways in which editors save are one change each") {
  World world;
  const auto& root = world.root();
  put(root / ".gitignore", "*.swp\n*~\n");
  put(root / "a.py", "1");
  world.open();
  // A temporary file beside it, renamed over it.
  put(root / "a.py.tmp", "2");
  fs::rename(root / "a.py.tmp", root / "a.py");
  CHECK(world.changed());
  CHECK_FALSE(world.changed());
  // A trial file, the old one as a backup, a new one, its mode, the backup removed.
  put(root / "4913", "");
  fs::remove(root / "4913");
  fs::rename(root / "a.py", root / "a.py~");
  put(root / "a.py", "3");
  REQUIRE(::chmod((root / "a.py").c_str(), 0644) == 0);
  fs::remove(root / "a.py~");
  CHECK(world.changed());
  CHECK_FALSE(world.changed());
  // Typing alone, which goes to a swap file.
  put(root / ".a.py.swp", "x");
  put(root / ".a.py.swp", "xy");
  CHECK_FALSE(world.changed());
}

TEST_CASE("directories that came with files in them are watched all the way down") {
  World world;
  const auto& root = world.root();
  world.open();
  const int before = watches();
  put(root / "one/two/three/a.py", "1");
  CHECK(world.changed());
  CHECK(watches() == before + 3);
  put(root / "one/two/three/b.py", "1");
  CHECK(world.changed());
  // Moved, its parts are found at their new place.
  fs::rename(root / "one/two", root / "moved");
  CHECK(world.changed());
  CHECK(watches() == before + 3);
  put(root / "moved/three/b.py", "2");
  CHECK(world.changed());
  // Moved away, or removed, they are watched no more.
  fs::rename(root / "moved", world.scratch.path() / "elsewhere");
  CHECK(world.changed());
  CHECK(watches() == before + 1);
  put(world.scratch.path() / "elsewhere/three/b.py", "3");
  CHECK_FALSE(world.changed());
  fs::remove_all(root / "one");
  CHECK(world.changed());
  CHECK(watches() == before);
}

TEST_CASE("what is ignored is not watched, and writing it is no change") {
  World world;
  const auto& root = world.root();
  put(root / ".gitignore", "out/\n*.log\n");
  put(root / "src/a.py", "1");
  for (const auto* path : {"out/deep/x", "node_modules/m/n.js", "data/big", "myenv/pyvenv.cfg",
                           "myenv/lib/z.py", "src/x.log"})
    put(root / path, "1");
  world.open();
  CHECK(watches() == 3);  // the root, src, and .recompute for what people write there
  for (const auto* path : {"out/deep/x", "out/new", "out/new.d/x", "node_modules/m/n.js", "data/b",
                           "myenv/lib/z.py", "src/x.log", "src/y.log", "p.log"})
    put(root / path, "2");
  put(root / "src/__pycache__/a.pyc", "2");
  CHECK_FALSE(world.changed());
  CHECK(watches() == 3);
}

TEST_CASE("what a sync writes into .recompute is no change, what people write there is") {
  Bench bench;
  put(bench.local() / "a.py", "1");
  auto watcher = Watcher::open(bench.project, {.quiet = std::chrono::milliseconds(0)}, nullptr, {});
  REQUIRE(watcher);
  const auto changed = [&] {
    return (*watcher)
        ->wait_for_change({.deadline = Deadline::after(std::chrono::milliseconds(0))})
        .has_value();
  };
  bench.sync();
  CHECK(is_there(bench.local() / ".recompute/rsync.db"));
  CHECK_FALSE(changed());
  put(bench.local() / "a.py", "2");
  CHECK(changed());
  bench.sync();
  CHECK_FALSE(changed());
  put(bench.local() / ".recompute/exclude", "b.py\n");
  CHECK(changed());
}

TEST_CASE("an edit of the rules decides anew which directories are watched") {
  World world;
  const auto& root = world.root();
  put(root / "out/x.py", "1");
  put(root / "lib/y.py", "1");
  world.open();
  CHECK(watches() == 4);
  put(root / ".gitignore", "out/\n");
  CHECK(world.changed());
  CHECK(watches() == 3);
  put(root / "out/x.py", "2");
  CHECK_FALSE(world.changed());
  put(root / ".recompute/exclude", "lib\n");
  CHECK(world.changed());
  CHECK(watches() == 2);
  put(root / ".recompute/include", "out/x.py\n");
  CHECK(world.changed());
  put(root / "out/x.py", "3");
  CHECK(world.changed());
  fs::remove(root / ".gitignore");
  CHECK(world.changed());
}

TEST_CASE("more changes than the kernel can note down are a change") {
  World world;
  put(world.root() / "a.py", "1");
  const fs::path logs[] = {world.root() / "x.log", world.root() / "y.log"};
  for (const auto& log : logs) put(log, "1");
  put(world.root() / ".gitignore", "*.log\n");
  world.open();
  std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
  long most = 0;
  limit >> most;
  REQUIRE(limit);
  // Signs that mean nothing by themselves, until the queue has no room for one that does. The kernel
  // makes equal signs in a row one, so that they alternate.
  for (long i = 0; i <= most; ++i) REQUIRE(::chmod(logs[i % 2].c_str(), 0644) == 0);
  put(world.root() / "sub/new.py", "1");
  CHECK(world.changed());
  CHECK_FALSE(world.changed());
  put(world.root() / "sub/new.py", "2");
  CHECK(world.changed());
}

TEST_CASE("a change is told when it has been quiet, and a wait that ends early loses nothing") {
  World world;
  put(world.root() / "a.py", "1");
  world.open({.quiet = std::chrono::milliseconds(50)});
  put(world.root() / "a.py", "2");
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(world.changed());
  CHECK(world.watcher->is_pending());
  CHECK(world.watcher->wait_for_change(soon()));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(50));
  CHECK_FALSE(world.watcher->is_pending());
}

TEST_CASE("a watched project that goes away is an error") {
  World world;
  put(world.root() / "a.py", "1");
  world.open();
  fs::rename(world.root(), world.scratch.path() / "other");
  const auto waited = world.watcher->wait_for_change(soon());
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code != Errc::timed_out);
}
