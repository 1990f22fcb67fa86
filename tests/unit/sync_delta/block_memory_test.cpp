#include "sync/delta/block_memory.hpp"

#include <doctest/doctest.h>

#include "base/files.hpp"
#include "edits.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::sync;
namespace fs = std::filesystem;

namespace {

BlockList some_list(std::uint64_t seed) {
  return list_blocks(edits::noise(smallest_listed + seed, seed), min_block_size);
}

std::size_t files_in(const fs::path& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory)) ++count;
  return count;
}

}  // namespace

TEST_CASE("the list of a content is found again by the content") {
  test::TemporaryDirectory scratch;
  const BlockMemory memory(scratch / "blocks");
  const auto one = some_list(1), two = some_list(2);
  CHECK(!memory.find(one.digest, one.size));
  REQUIRE(memory.remember(one));
  REQUIRE(memory.remember(two));
  const auto found = memory.find(one.digest, one.size);
  REQUIRE(found);
  CHECK(*found == one);
  CHECK(!memory.find(one.digest, two.size));
}

TEST_CASE("a small content is not remembered") {
  test::TemporaryDirectory scratch;
  const BlockMemory memory(scratch / "blocks");
  REQUIRE(memory.remember(list_blocks("small", min_block_size)));
  CHECK(!fs::exists(scratch / "blocks"));
}

TEST_CASE("a damaged list counts as none") {
  test::TemporaryDirectory scratch;
  const BlockMemory memory(scratch.path());
  const auto list = some_list(1);
  REQUIRE(memory.remember(list));
  const auto file = fs::directory_iterator(scratch.path())->path();
  const auto bytes = read_file(file);
  REQUIRE(bytes);
  for (std::size_t at = 0; at < bytes->size(); at += 31) {
    auto damaged = *bytes;
    damaged[at] ^= 4;
    REQUIRE(write_file_atomic(file, damaged));
    CHECK(!memory.find(list.digest, list.size));
    REQUIRE(write_file_atomic(file, bytes->substr(0, at)));
    CHECK(!memory.find(list.digest, list.size));
  }
}

TEST_CASE("a list under the name of another content counts as none") {
  test::TemporaryDirectory scratch;
  const BlockMemory memory(scratch.path());
  const auto one = some_list(1), two = some_list(2);
  REQUIRE(memory.remember(one));
  const auto file = fs::directory_iterator(scratch.path())->path();
  fs::rename(file, scratch / (two.digest.hex() + "-" + std::to_string(two.size)));
  CHECK(!memory.find(two.digest, two.size));
}

TEST_CASE("what was used last stays when the memory shrinks") {
  test::TemporaryDirectory scratch;
  const BlockMemory memory(scratch.path());
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
  std::vector<BlockList> lists;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    lists.push_back(some_list(seed));
    REQUIRE(memory.remember(lists.back()));
  }
  const auto size = fs::directory_iterator(scratch.path())->file_size();
  for (const auto& entry : fs::directory_iterator(scratch.path()))
    fs::last_write_time(entry.path(), long_ago);
  REQUIRE(memory.find(lists[2].digest, lists[2].size));
  REQUIRE(memory.shrink(size + size / 2));
  CHECK(files_in(scratch.path()) == 1);
  CHECK(memory.find(lists[2].digest, lists[2].size));
  REQUIRE(memory.shrink(0));
  CHECK(files_in(scratch.path()) == 0);
  CHECK(BlockMemory(scratch / "missing").shrink(0));
}
