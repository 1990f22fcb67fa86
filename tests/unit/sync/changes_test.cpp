// Large files that change, and files that get other names: what travels, and what is right in the end
// whatever was remembered wrongly.
#include <doctest/doctest.h>

#include "../sync_delta/edits.hpp"
#include "base/digest.hpp"
#include "base/stream.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/reused.hpp"
#include "sync/rooted.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;
using libre::sync::BlockMemory;

namespace {

fs::path blocks(const Bench& bench) { return bench.local() / ".recompute/blocks"; }

// One sync, after which both sides are equal.
struct Cost {
  std::uint64_t turns = 0, bytes = 0, files = 0;
};
Cost cost_of_sync(Bench& bench) {
  const auto before = bench.turns();
  const auto report = bench.sync();
  CHECK(paths_of(report.notes, Kind::vanished).empty());
  CHECK((picture(bench.mirror()) == code_of(bench.local())));
  return {bench.turns() - before, report.bytes_sent, report.files_sent};
}

}  // namespace

TEST_CASE("a large file that changes a little costs one exchange and the blocks that changed") {
  Bench bench;
  auto content = edits::noise(3 * megabyte, 1);
  put(bench.local() / "big", content);
  CHECK(cost_of_sync(bench).bytes == content.size());
  content.replace(megabyte, 5, "other");
  put(bench.local() / "big", content);
  auto cost = cost_of_sync(bench);
  CHECK(cost.turns == 1);
  CHECK(cost.bytes <= 4096);
  content.insert(0, "in front of everything");
  put(bench.local() / "big", content);
  cost = cost_of_sync(bench);
  CHECK(cost.turns == 1);
  CHECK(cost.bytes <= 2 * 4096);
  content += edits::noise(1000, 2);
  put(bench.local() / "big", content);
  CHECK(cost_of_sync(bench).bytes <= 1000 + 4096);
}

TEST_CASE("of more changes than an update carries, only the changes are sent too") {
  Bench bench;
  auto content = edits::noise(6 * megabyte, 1);
  put(bench.local() / "big", content);
  cost_of_sync(bench);
  content.replace(3 * megabyte, 2 * megabyte, edits::noise(2 * megabyte, 2));
  put(bench.local() / "big", content);
  const auto cost = cost_of_sync(bench);
  CHECK(cost.turns == 2);
  CHECK(cost.bytes >= 2 * megabyte);
  CHECK(cost.bytes <= 2 * megabyte + 8192);
}

TEST_CASE("without a memory of blocks here the blocks of what is over there are asked for") {
  Bench bench;
  auto content = edits::noise(3 * megabyte, 1);
  put(bench.local() / "big", content);
  cost_of_sync(bench);
  fs::remove_all(blocks(bench));
  content[5] ^= 1;
  put(bench.local() / "big", content);
  const auto cost = cost_of_sync(bench);
  CHECK(cost.bytes <= 4096);
  CHECK(cost.turns == 3);
  content[megabyte] ^= 1;
  put(bench.local() / "big", content);
  CHECK(cost_of_sync(bench).bytes <= 4096);
}

TEST_CASE("a memory of blocks that is wrong costs the whole file, in the same sync") {
  for (const bool large_change : {false, true}) {
    CAPTURE(large_change);
    Bench bench;
    auto content = edits::noise(4 * megabyte, 1);
    put(bench.local() / "big", content);
    cost_of_sync(bench);
    // The list claims that the second half of what is there is what the new file begins with.
    const auto old = digest_of(as_bytes(content));
    const auto half = content.substr(0, 2 * megabyte);
    auto lie = libre::sync::list_blocks(content.substr(2 * megabyte) + half,
                                        libre::sync::block_size_for(content.size()));
    lie.digest = old;
    REQUIRE(BlockMemory(blocks(bench)).remember(lie));
    content = half + (large_change ? edits::noise(2 * megabyte, 3) : "short");
    put(bench.local() / "big", content);
    CHECK(cost_of_sync(bench).bytes > content.size());
  }
}

TEST_CASE("without a memory of blocks a small file comes whole, and by its changes the next time") {
  Bench bench;
  auto content = edits::noise(100 * 1024, 1);
  put(bench.local() / "small", content);
  cost_of_sync(bench);
  fs::remove_all(blocks(bench));
  content[5] ^= 1;
  put(bench.local() / "small", content);
  CHECK(cost_of_sync(bench).bytes == content.size());
  content[50'000] ^= 1;
  put(bench.local() / "small", content);
  CHECK(cost_of_sync(bench).bytes <= 4096);
}

TEST_CASE("with no memory there a large file comes by its changes, and the old one is kept aside") {
  Bench bench;
  auto content = edits::noise(3 * megabyte, 1);
  put(bench.mirror() / "big", content);  // somebody has copied it there
  content.insert(1000, "more");
  put(bench.local() / "big", content);
  const auto report = bench.sync();
  CHECK(report.bytes_sent <= 8192);
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"big"});
  CHECK((get(bench.mirror() / "big") == content));
}

TEST_CASE(
    "a large file that was changed there is kept aside, and the new one comes by its changes") {
  Bench bench;
  auto content = edits::noise(3 * megabyte, 1);
  put(bench.local() / "big", content);
  cost_of_sync(bench);
  auto theirs = content;
  theirs[7] ^= 1;
  put(bench.mirror() / "big", theirs);
  content[9] ^= 1;
  put(bench.local() / "big", content);
  const auto report = bench.sync();
  CHECK(report.bytes_sent <= 2 * 4096);
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"big"});
  CHECK((get(bench.mirror() / "big") == content));
  content[megabyte] ^= 1;  // and it is ours again
  put(bench.local() / "big", content);
  CHECK(bench.sync().bytes_sent <= 4096);
}

TEST_CASE("what is no large file has no list of blocks over there, and nothing outside is listed") {
  Bench bench;
  put(bench.local() / "small", "s");
  bench.sync();
  put(bench.mirror() / "big", edits::noise(megabyte, 1));
  fs::create_symlink("big", bench.mirror() / "link");
  const auto list = bench.endpoint().blocks(bench.spec, "big", {});
  REQUIRE(list);
  CHECK(list->digest == digest_of(as_bytes(edits::noise(megabyte, 1))));
  for (const auto* path : {"small", "missing", "link", "../project/big"}) {
    CAPTURE(path);
    CHECK_FALSE(bench.endpoint().blocks(bench.spec, path, {}));
  }
}

TEST_CASE("a directory that gets another name is one exchange, and nothing is sent") {
  Bench bench;
  for (int i = 0; i < 20; ++i)
    put(bench.local() / "old" / std::to_string(i), "file " + std::to_string(i));
  put(bench.local() / "old/big", edits::noise(2 * megabyte, 1));
  cost_of_sync(bench);
  fs::rename(bench.local() / "old", bench.local() / "new");
  const auto cost = cost_of_sync(bench);
  CHECK(cost.turns == 1);
  CHECK(cost.bytes == 0);
  CHECK_FALSE(is_there(bench.mirror() / "old"));
  CHECK_FALSE(is_there(bench.mirror() / ".re-staging"));
}

TEST_CASE("files that change places, and copies of one that changes, are made of what is there") {
  Bench bench;
  put(bench.local() / "a", "first");
  put(bench.local() / "b", "second");
  put(bench.local() / "c", "third");
  cost_of_sync(bench);
  put(bench.local() / "a", "second");
  put(bench.local() / "b", "first");
  put(bench.local() / "copies/1", "third");
  put(bench.local() / "copies/2", "third");
  put(bench.local() / "c", "new!");
  const auto cost = cost_of_sync(bench);
  CHECK(cost.turns == 1);
  CHECK(cost.bytes == 4);
  CHECK(cost.files == 5);
}

TEST_CASE("what is forgotten on both sides is still found by content") {
  Bench bench;
  put(bench.local() / "old/a", "first");
  put(bench.local() / "old/b", "second");
  cost_of_sync(bench);
  fs::remove(bench.local() / ".recompute/tree-bench");
  fs::rename(bench.local() / "old", bench.local() / "new");
  const auto cost = cost_of_sync(bench);
  CHECK(cost.turns == 1);  // the offer says that nothing is needed
  CHECK(cost.bytes == 0);
}

TEST_CASE("a renamed file that was changed over there is sent, and theirs is left alone") {
  Bench bench;
  put(bench.local() / "old", "first");
  cost_of_sync(bench);
  put(bench.mirror() / "old", "thing");
  fs::rename(bench.local() / "old", bench.local() / "new");
  const auto report = bench.sync();
  CHECK(report.bytes_sent == 5);
  CHECK(paths_of(report.notes, Kind::left_alone) == std::vector<std::string>{"old"});
  CHECK(get(bench.mirror() / "new") == "first");
  CHECK(get(bench.mirror() / "old") == "thing");
}

TEST_CASE("a copy of what is not there any more leaves nothing behind") {
  const Scratch scratch;
  put(scratch.path() / "source", "another");
  auto root = libre::sync::Rooted::open(scratch.path());
  REQUIRE(root);
  const std::string content = "content";
  const libre::sync::Entry wanted{
      .path = "x", .size = content.size(), .digest = digest_of(as_bytes(content))};
  for (const std::string source : {"source", "missing"}) {
    const auto staged = libre::sync::stage_copy(*root, source, wanted, "name", {});
    REQUIRE(staged);
    CHECK_FALSE(*staged);
    CHECK_FALSE(is_there(scratch.path() / ".re-staging/name"));
  }
  put(scratch.path() / "source", content);
  const auto staged = libre::sync::stage_copy(*root, "source", wanted, "name", {});
  REQUIRE(staged);
  REQUIRE(*staged);
  CHECK(get(scratch.path() / (*staged)->path) == content);
}

namespace {

class Fixed final : public libre::sync::ContentSource {
 public:
  explicit Fixed(std::vector<libre::sync::ContentPiece> pieces) : pieces_(std::move(pieces)) {}
  Result<libre::sync::ContentPiece> next() override { return pieces_.at(at_++); }

 private:
  std::vector<libre::sync::ContentPiece> pieces_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("a copy where nothing was named to copy from is refused") {
  Bench bench;
  const auto tree = libre::sync::Tree::make({{.path = "new", .size = 5}});
  REQUIRE(tree);
  libre::sync::LocalEndpoint endpoint(bench.places(), std::make_shared<libre::sync::MirrorLocks>());
  const auto offered = endpoint.offer(bench.spec, *tree, {}, {});
  REQUIRE(offered);
  REQUIRE(offered->needs.size() == 1);
  CHECK_FALSE(offered->needs[0].base);
  Fixed contents({{.copy = libre::sync::CopyRange{0, 5}}});
  const auto applied = endpoint.supply(contents, {});
  REQUIRE_FALSE(applied);
  CHECK(applied.error().code == Errc::protocol);
}

TEST_CASE("a dry run remembers no blocks") {
  Bench bench;
  put(bench.local() / "big", edits::noise(megabyte, 1));
  bench.sync({.dry_run = true});
  CHECK_FALSE(is_there(blocks(bench)));
}
