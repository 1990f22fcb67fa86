#include "sync/core/plan.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "base/stream.hpp"
#include "sync/core/bytes.hpp"
#include "sync/journal.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace libre::sync;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

std::string random_path(Random& random) {
  static const char* names[] = {"a", "b", "c", "a.x", "d"};
  std::string path = names[below(random, 5)];
  for (std::size_t i = below(random, 3); i > 0; --i)
    path += std::string("/") + names[below(random, 5)];
  return path;
}

// One edit as a person or a job makes it; paths change their kind, too.
void random_edit(Random& random, const fs::path& root, const std::string& flavour) {
  const auto path = root / random_path(random);
  std::error_code ignored;
  for (auto parent = path.parent_path(); parent != root; parent = parent.parent_path())
    if (is_there(parent) && !fs::is_directory(fs::symlink_status(parent))) fs::remove(parent);
  const auto choice = below(random, 10);
  if (choice < 3) {
    fs::remove_all(path, ignored);
    return;
  }
  if (is_there(path) && (fs::is_directory(fs::symlink_status(path)) || choice > 7))
    fs::remove_all(path, ignored);
  fs::create_directories(path.parent_path());
  if (choice == 8) {
    fs::create_directories(path);
    return;
  }
  if (choice == 9) {
    fs::create_symlink(random_path(random), path);
    return;
  }
  if (fs::is_symlink(path)) fs::remove(path);
  put(path, flavour + std::to_string(below(random, 4)));
  if (choice == 7) fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add);
}

std::map<std::string, std::string> selected_picture(const fs::path& root) {
  auto all = picture(root);
  std::erase_if(all, [](const auto& item) {
    return item.first.starts_with(".recompute") || item.first == "data";
  });
  return all;
}

bool holds(const std::map<std::string, std::string>& whole,
           const std::map<std::string, std::string>& part) {
  for (const auto& [path, value] : part) {
    if (value == "d" && !whole.contains(path)) continue;  // there it may have somebody's file in it
    const auto found = whole.find(path);
    if (found == whole.end() || found->second != value) {
      MESSAGE(path << " is not " << value);
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("after any history of edits here, the mirror equals the project") {
  for (unsigned seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Bench bench;
    for (int round = 0; round < 8; ++round) {
      CAPTURE(round);
      for (std::size_t i = below(random, 8); i > 0; --i) random_edit(random, bench.local(), "mine");
      const auto report = bench.sync();
      REQUIRE(picture(bench.mirror()) == selected_picture(bench.local()));
      CHECK(paths_of(report.notes, Kind::kept_aside).empty());
      CHECK(paths_of(report.notes, Kind::left_alone).empty());
    }
  }
}

TEST_CASE(
    "after any history of edits on both sides, the mirror holds the project and nobody's work is "
    "lost") {
  for (unsigned seed = 100; seed < 112; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Bench bench;
    for (int round = 0; round < 8; ++round) {
      CAPTURE(round);
      for (std::size_t i = below(random, 6); i > 0; --i) random_edit(random, bench.local(), "mine");
      fs::create_directories(bench.mirror());
      for (std::size_t i = below(random, 6); i > 0; --i)
        random_edit(random, bench.mirror(), "theirs");
      std::multiset<std::string> precious;
      for (const auto& [path, value] : picture(bench.mirror()))
        if (value.find("theirs") != std::string::npos) precious.insert(value.substr(2));
      bench.sync();
      const auto there = picture(bench.mirror());
      REQUIRE(holds(there, selected_picture(bench.local())));
      std::multiset<std::string> left;
      for (const auto& [path, value] : there)
        left.insert(value.size() > 2 ? value.substr(2) : value);
      for (const auto& content : precious) CHECK(left.count(content) >= precious.count(content));
      CHECK(bench.sync().files_sent == 0);
    }
  }
}

TEST_CASE("trees survive encoding, and damaged or hostile ones are refused") {
  const Digest digest = digest_of(as_bytes("x"));
  const auto tree =
      Tree::make({{.path = "a", .size = 7, .mtime_ns = -5, .digest = digest},
                  {.path = "a.b/c\n", .executable = true, .size = std::uint64_t{1} << 60},
                  {.path = "d", .kind = EntryKind::directory},
                  {.path = "l", .kind = EntryKind::symlink, .target = "../\xff"}});
  REQUIRE(tree);
  const auto bytes = encode(*tree);
  const auto back = decode_tree(bytes);
  REQUIRE(back);
  CHECK(*back == *tree);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(decode_tree(bytes.substr(0, size)));
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    auto damaged = bytes;
    damaged[below(random, damaged.size())] = static_cast<char>(random());
    if (const auto decoded = decode_tree(damaged))
      for (const auto& entry : decoded->entries()) CHECK(is_valid_path(entry.path));
  }
  ByteWriter huge;
  huge.raw("RT1\n");
  huge.number(~std::uint64_t{0});
  CHECK_FALSE(decode_tree(huge.bytes()));
}

TEST_CASE("paths that lead out, twice the same path, and things inside files are no tree") {
  for (const std::string& path :
       std::vector<std::string>{"", ".", "..", "/a", "a/", "a//b", "a/../b", "./a", "a/.",
                                std::string(256, 'x'), std::string("a\0b", 3)}) {
    CAPTURE(path);
    CHECK_FALSE(Tree::make({{.path = path}}));
  }
  CHECK_FALSE(Tree::make({{.path = "a"}, {.path = "a"}}));
  CHECK_FALSE(Tree::make({{.path = "a"}, {.path = "a/b"}}));
  CHECK_FALSE(Tree::make({{.path = "a", .kind = EntryKind::symlink, .target = "/etc"},
                          {.path = "a.x"},
                          {.path = "a/b/c"}}));
  CHECK(Tree::make({{.path = "a", .kind = EntryKind::directory}, {.path = "a/b"}}));
}

TEST_CASE("what could not be read here changes nothing there") {
  const auto wanted = Tree::make(
      {{.path = "d", .kind = EntryKind::unknown}, {.path = "f", .kind = EntryKind::unknown}});
  const Placed placed{.size = 1, .stamp = {.size = 1, .inode = 5}};
  const Found found{.stamp = placed.stamp};
  const Manifest manifest{{"d/x", placed}, {"f", placed}, {"gone", placed}};
  const Present present{
      {"d", {.kind = FoundKind::directory}}, {"d/x", found}, {"f", found}, {"gone", found}};
  const auto plan = make_plan(*wanted, manifest, present, {});
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].kind == Action::Kind::remove);
  CHECK(plan[0].path == "gone");
  CHECK(make_plan(*wanted, manifest, present, {.partial = true}).empty());
}

TEST_CASE("after a crash both the old and the pending content count as ours") {
  const auto old_digest = digest_of(as_bytes("old")), new_digest = digest_of(as_bytes("new"));
  const Placed placed{.pending = new_digest,
                      .pending_size = 3,
                      .size = 3,
                      .digest = old_digest,
                      .stamp = {.size = 3, .inode = 1}};
  CHECK(is_ours(placed, {.stamp = {.size = 3, .inode = 1}}));
  CHECK(is_ours(placed, {.digest = new_digest, .stamp = {.size = 3, .inode = 2}}));
  CHECK_FALSE(
      is_ours(placed, {.digest = digest_of(as_bytes("hm!")), .stamp = {.size = 3, .inode = 2}}));
  CHECK_FALSE(is_ours(placed, {.stamp = {.size = 3, .inode = 2}}));
}

TEST_CASE("a journal cut at any byte still opens, and goes on") {
  Scratch scratch;
  {
    auto journal = Journal::open(scratch.path() / "m");
    REQUIRE(journal);
    REQUIRE(journal->put(
        "a", {.pending = digest_of(as_bytes("b")), .size = 1, .digest = digest_of(as_bytes("a"))}));
    REQUIRE(journal->put("l", {.kind = EntryKind::symlink, .target = "t"}));
    REQUIRE(journal->forget("a"));
    REQUIRE(journal->put("b", {.size = 2}));
    REQUIRE(journal->flush());
  }
  const auto bytes = get(scratch.path() / "m/journal");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    put(scratch.path() / "m/journal", bytes.substr(0, size));
    auto journal = Journal::open(scratch.path() / "m");
    REQUIRE(journal);
    REQUIRE(journal->put("z", {.size = 9}));
    REQUIRE(journal->flush());
    const auto again = Journal::load(scratch.path() / "m");
    REQUIRE(again);
    REQUIRE(again->contains("z"));
    CHECK(*again == journal->manifest());
    if (size == bytes.size()) CHECK(again->size() == 3);
  }
}
