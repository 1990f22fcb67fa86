// A sync of a project that both sides know: one exchange, and what happens where they do not agree.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/stream.hpp"
#include "support/home.hpp"
#include "sync/core/difference.hpp"
#include "sync/given_contents.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;
using libre::sync::Entry;
using libre::sync::EntryKind;

namespace {

constexpr std::size_t too_large = std::size_t{3} << 20;  // for one exchange

Entry file(const std::string& path, const std::string& content) {
  return {.path = path, .size = content.size(), .digest = digest_of(as_bytes(content))};
}

std::shared_ptr<const libre::sync::KnownTree> tree_of(std::vector<Entry> entries) {
  auto tree = libre::sync::Tree::make(std::move(entries));
  REQUIRE(tree);
  return std::make_shared<const libre::sync::KnownTree>(libre::sync::known(*std::move(tree)));
}

// The round trips of one sync.
std::uint64_t turns_of_sync(Bench& bench) {
  const auto before = bench.turns();
  bench.sync();
  return bench.turns() - before;
}

fs::path only_file(const fs::path& directory, const std::string& name) {
  for (const auto& item : fs::recursive_directory_iterator(directory))
    if (item.path().filename() == name) return item.path();
  FAIL("there is no " << name << " in " << directory.string());
  return {};
}
fs::path tree_there(const Bench& bench) { return only_file(bench.places().state, "tree"); }
fs::path tree_here(const Bench& bench) { return bench.local() / ".recompute/tree-bench"; }

void damage(const fs::path& path) {
  auto bytes = get(path);
  REQUIRE(bytes.size() > 30);
  bytes[bytes.size() / 2] ^= 1;
  put(path, bytes);
}

Bench& with_some_files(Bench& bench) {
  for (const auto* name : {"a.py", "b.py", "sub/c.py", "sub/d.py"})
    put(bench.local() / name, std::string("content of ") + name);
  bench.sync();
  return bench;
}

}  // namespace

TEST_CASE("a difference leads from one tree to the other, and says whose contents are new") {
  const auto old = tree_of({file("a", "1"),
                            file("b", "2"),
                            file("c/d", "3"),
                            {.path = "l", .kind = EntryKind::symlink, .target = "a"}});
  auto touched = file("b", "2");
  touched.mtime_ns = 5;
  const auto fresh = tree_of({file("a", "other"),
                              touched,
                              file("c", "a file now"),
                              {.path = "e", .kind = EntryKind::directory}});
  const auto change = libre::sync::difference(*old, *fresh);
  CHECK(change.removed == std::vector<std::string>{"c/d", "l"});
  CHECK(change.changed.size() == 4);
  const auto decoded = libre::sync::decode_difference(encode(change));
  REQUIRE(decoded);
  CHECK(*decoded == change);
  const auto result = libre::sync::patched(old, *decoded);
  REQUIRE(result);
  CHECK((*result)->tree == fresh->tree);
  std::vector<std::string> contents;
  for (const auto index : new_contents(old->tree, change))
    contents.emplace_back(change.changed[index].path);
  CHECK(contents == std::vector<std::string>{"a", "c"});
}

TEST_CASE("a difference to another tree, or one that leads elsewhere, is outdated") {
  const auto one = tree_of({file("a", "1")}), two = tree_of({file("a", "2")});
  auto change = libre::sync::difference(*one, *two);
  const auto wrong_begin = libre::sync::patched(two, change);
  REQUIRE_FALSE(wrong_begin);
  CHECK(wrong_begin.error().code == Errc::outdated);
  change.removed = {"a"};
  change.changed = {};
  const auto wrong_end = libre::sync::patched(one, change);
  REQUIRE_FALSE(wrong_end);
  CHECK(wrong_end.error().code == Errc::outdated);
}

TEST_CASE("of the contents that came, the needed ones are handed out in order") {
  std::string stream;
  for (const std::string text : {"one", "two", "three"}) {
    libre::sync::append_chunk(stream, text);
    libre::sync::append_end(stream, {});
  }
  libre::sync::GivenContents contents(stream, {1, 4, 7}, {{4, 0}, {7, 0}});
  for (const std::string text : {"two", "three"}) {
    const auto piece = contents.next(), end = contents.next();
    REQUIRE(piece);
    CHECK(piece->bytes == text);
    REQUIRE(end);
    CHECK(end->is_end);
  }
  CHECK_FALSE(contents.next());
}

TEST_CASE("once a project is there, each sync is one exchange") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  CHECK(turns_of_sync(bench) == 2);
  CHECK(turns_of_sync(bench) == 1);
  put(bench.local() / "a.py", "changed");
  put(bench.local() / "new/b.py", "b");
  fs::create_symlink("a.py", bench.local() / "link");
  CHECK(turns_of_sync(bench) == 1);
  CHECK(picture(bench.mirror()) == code_of(bench.local()));
  fs::remove_all(bench.local() / "new");
  fs::permissions(bench.local() / "a.py", fs::perms::owner_exec, fs::perm_options::add);
  CHECK(turns_of_sync(bench) == 1);
  CHECK(picture(bench.mirror()) == code_of(bench.local()));
  CHECK(turns_of_sync(bench) == 1);
}

TEST_CASE("a sync where nothing has changed writes nothing, here and there") {
  Bench bench;
  with_some_files(bench);
  const auto inodes = [&] {
    std::vector<std::uint64_t> numbers;
    const auto here = bench.local() / ".recompute";
    for (const auto& path :
         {here / "tree-bench", here / "memory-bench", here / "rsync.db", tree_there(bench)}) {
      struct ::stat status {};
      REQUIRE(::stat(path.c_str(), &status) == 0);
      numbers.push_back(status.st_ino);
    }
    return numbers;
  };
  // A file that was written just now is read once more, and then remembered.
  REQUIRE(libre::testing::eventually([&] {
    const auto before = inodes();
    bench.sync();
    return inodes() == before;
  }));
  const auto quiet = inodes();
  const auto journal = get(only_file(bench.places().state, "journal"));
  bench.sync();
  CHECK(inodes() == quiet);
  CHECK(get(only_file(bench.places().state, "journal")) == journal);
}

TEST_CASE("many or large changes are asked for, as at first") {
  Bench bench;
  with_some_files(bench);
  put(bench.local() / "big.bin", std::string(3'000'000, 'b'));
  CHECK(turns_of_sync(bench) == 2);
  CHECK(picture(bench.mirror()) == code_of(bench.local()));
  CHECK(turns_of_sync(bench) == 1);
}

TEST_CASE("what was changed in the mirror is found, kept aside, and made good") {
  Bench bench;
  with_some_files(bench);
  put(bench.mirror() / "a.py", "changed behind our back");
  put(bench.local() / "b.py", "changed here");
  const auto before = bench.turns();
  const auto report = bench.sync();
  CHECK(bench.turns() - before == 3);
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
  CHECK(get(bench.mirror() / "a.py") == "content of a.py");
  CHECK(get(bench.mirror() / "b.py") == "changed here");
  CHECK(turns_of_sync(bench) == 1);
}

TEST_CASE("a file changed on both sides is kept aside in the one exchange") {
  Bench bench;
  with_some_files(bench);
  put(bench.mirror() / "a.py", "theirs");
  put(bench.local() / "a.py", "ours");
  const auto before = bench.turns();
  const auto report = bench.sync();
  CHECK(bench.turns() - before == 1);
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
  CHECK(get(bench.mirror() / "a.py") == "ours");
}

TEST_CASE("what was removed in the mirror comes again, one file or all of it") {
  Bench bench;
  with_some_files(bench);
  fs::remove(bench.mirror() / "sub/c.py");
  bench.sync();
  CHECK(picture(bench.mirror()) == code_of(bench.local()));
  fs::remove_all(bench.mirror());
  bench.sync();
  CHECK(picture(bench.mirror()) == code_of(bench.local()));
  CHECK(turns_of_sync(bench) == 1);
}

TEST_CASE("a memory that is lost, damaged or old on either side costs a comparison, nothing else") {
  for (const auto& [there, size] : {std::pair(false, too_large), std::pair(false, std::size_t{7}),
                                    std::pair(true, too_large), std::pair(true, std::size_t{7})})
    for (const std::string what : {"lost", "damaged", "cut", "old"}) {
      CAPTURE(there);
      CAPTURE(size);
      CAPTURE(what);
      Bench bench;
      with_some_files(bench);
      const auto memory = there ? tree_there(bench) : tree_here(bench);
      const auto old = get(memory);
      if (what == "old") {
        put(bench.local() / "a.py", "another one");
        bench.sync();
        put(memory, old);
      }
      if (what == "lost") fs::remove(memory);
      if (what == "damaged") damage(memory);
      if (what == "cut") put(memory, old.substr(0, old.size() - 7));
      put(bench.local() / "b.py", noise(size, 1));
      fs::remove(bench.local() / "sub/d.py");
      const auto report = bench.sync();
      CHECK(report.files_sent == 1);
      CHECK(report.deleted == 1);
      CHECK(paths_of(report.notes, Kind::kept_aside).empty());
      CHECK(picture(bench.mirror()) == code_of(bench.local()));
      CHECK(turns_of_sync(bench) == 1);
    }
}

TEST_CASE("two machines that bring one project by turns each bring what they have") {
  Bench bench;
  with_some_files(bench);
  // The same project in another place, as if on another machine.
  const auto elsewhere = bench.scratch.path() / "elsewhere";
  fs::copy(bench.local(), elsewhere, fs::copy_options::recursive);
  fs::remove_all(elsewhere / ".recompute");
  fs::create_directories(elsewhere / ".recompute");
  auto other = bench.project;
  other.root = elsewhere;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    put(elsewhere / "a.py", "from elsewhere, round " + std::to_string(round));
    put(elsewhere / "only-elsewhere.py", "x");
    const auto theirs =
        libre::sync::sync_project(other, bench.endpoint(), bench.spec, "bench", {}, nullptr, {});
    REQUIRE(theirs);
    CHECK(get(bench.mirror() / "a.py") == get(elsewhere / "a.py"));
    CHECK(is_there(bench.mirror() / "only-elsewhere.py"));
    const auto ours = bench.sync();
    CHECK(paths_of(ours.notes, Kind::kept_aside).empty());
    CHECK(picture(bench.mirror()) == code_of(bench.local()));
  }
}

TEST_CASE("a memory that says more than was done there is not believed") {
  Bench bench;
  with_some_files(bench);
  // As after a crash of the agent between the contents and its memory, and as after one in between.
  const auto old_tree = get(tree_there(bench));
  put(bench.local() / "a.py", "the next one");
  bench.sync();
  put(tree_there(bench), old_tree);
  put(bench.mirror() / "b.py", "half a");
  const auto report = bench.sync();
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"b.py"});
  CHECK(picture(bench.mirror()).at("a.py") == "f:the next one");
  CHECK(get(bench.mirror() / "b.py") == get(bench.local() / "b.py"));
}
