#include <doctest/doctest.h>
#include <fmt/format.h>

#include "edits.hpp"

using namespace libre::sync;
using namespace edits;
using Kind = Step::Kind;

namespace {

Delta delta_of(const std::string& old, const std::string& now, std::uint32_t size = block) {
  Text text(now);
  auto delta = make_delta(list_blocks(old, size), list_blocks(now, size), text);
  REQUIRE(delta);
  REQUIRE(built(delta->steps, old, now) == now);
  return *delta;
}

}  // namespace

TEST_CASE(
    "whatever was edited, the steps make the new content of the old one, with few new bytes") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Editor editor(seed);
    const auto old = noise(editor.below(300'000), 1000 + seed);
    auto now = old;
    std::size_t fresh = 0, count = 1 + editor.below(8);
    for (std::size_t i = 0; i < count; ++i) fresh += editor.edit(now);
    INFO(fmt::format("seed {}, {} edits, {} -> {} bytes", seed, count, old.size(), now.size()));
    const auto delta = delta_of(old, now);
    // An edit tears at most the blocks at its ends, a move or a copy has two places, and the last
    // block of the old content, a short one, is found only behind the one before it.
    CHECK(delta.literal_bytes <= fresh + 6 * block * count);
  }
}

TEST_CASE("lists of different block sizes still lead to the new content") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Editor editor(seed);
    const auto old = noise(editor.below(200'000), 2000 + seed);
    auto now = old;
    const std::size_t fresh = editor.edit(now);
    Text text(now);
    const auto delta = make_delta(list_blocks(old, block), list_blocks(now, 4 * block), text);
    REQUIRE(delta);
    CHECK(built(delta->steps, old, now) == now);
    CHECK(delta->literal_bytes <= fresh + 6 * block);
  }
}

TEST_CASE("an equal content is one copy, made without reading a byte of it") {
  const auto old = noise(100 * block, 1);
  Text text(old);
  const auto list = list_blocks(old, block);
  const auto delta = make_delta(list, list, text);
  REQUIRE(delta);
  CHECK(delta->steps == std::vector<Step>{{Kind::copy, 0, old.size()}});
  CHECK(text.read == 0);
}

TEST_CASE("a changed block costs one block") {
  const auto old = noise(100 * block, 1);
  auto now = old;
  now[10 * block + 5] ^= 1;
  const auto delta = delta_of(old, now);
  CHECK(delta.steps == std::vector<Step>{{Kind::copy, 0, 10 * block},
                                         {Kind::literal, 10 * block, block},
                                         {Kind::copy, 11 * block, 89 * block}});
}

TEST_CASE("what is inserted at the front costs its own length, whatever that is") {
  const auto old = noise(300 * block, 1);
  for (const std::size_t length : {std::size_t{1}, std::size_t{block}, std::size_t{77'777}}) {
    const auto inserted = noise(length, 2);
    const auto delta = delta_of(old, inserted + old);
    CHECK(delta.literal_bytes == length);
    CHECK(delta.steps.size() == 2);
  }
}

TEST_CASE("what is appended costs its own length, also where the old end was within a block") {
  const auto old = noise(10 * block + 100, 1);
  CHECK(delta_of(old, old + noise(5000, 2)).literal_bytes == 5000);
}

TEST_CASE("a truncated content costs less than a block") {
  const auto old = noise(10 * block, 1);
  CHECK(delta_of(old, old.substr(0, 5 * block + 10)).literal_bytes == 10);
}

TEST_CASE("two halves that change places are found") {
  const auto old = noise(100 * block, 1);
  const auto now = old.substr(50 * block + 7) + old.substr(0, 50 * block + 7);
  CHECK(delta_of(old, now).literal_bytes <= 2 * block);
}

TEST_CASE("contents without bytes, of one byte and of zeros only are no special case") {
  for (const auto& old : {std::string(), std::string("x"), std::string(50 * block + 1, '\0')})
    for (const auto& now : {std::string(), std::string("y"), std::string(70 * block + 9, '\0')})
      delta_of(old, now);
  CHECK(delta_of(std::string(50 * block, '\0'), std::string(70 * block, '\0')).literal_bytes == 0);
}

TEST_CASE("a long content of zeros and little else is searched in bounded time") {
  std::string old(400 * block, '\0'), now = old;
  for (std::size_t i = 0; i < 400; ++i) {
    old[i * block + block - 1] = static_cast<char>(1 + i % 100);
    now[i * block + block - 100] = static_cast<char>(101 + i % 100);
  }
  delta_of(old,
           now);  // without the budget for hashes: 400 MB of hashing, and minutes for a real file
}

TEST_CASE("an insertion longer than the patience of the search costs its own length") {
  const auto old = noise(200 * block, 1);
  const auto inserted = noise(20u << 20, 2);
  CHECK(delta_of(old, inserted + old).literal_bytes == inserted.size());
}

TEST_CASE("a content of which nothing is left is searched in samples") {
  const auto old = noise(1u << 20, 1), now = noise(48u << 20, 2);
  Text text(now);
  const auto delta = make_delta(list_blocks(old, block), list_blocks(now, block), text);
  REQUIRE(delta);
  CHECK(delta->literal_bytes == now.size());
  CHECK(text.read <
        2 * (20u << 20));  // a block is read along with each byte range that is searched
}

TEST_CASE("steps are cut for a receiver that has the beginning already") {
  const auto old = noise(100 * block, 1);
  auto now = old;
  now.replace(10 * block, 3 * block, noise(3 * block, 2));
  const auto steps = delta_of(old, now).steps;
  for (std::size_t arrived = 0; arrived <= now.size(); arrived += 999)
    CHECK(built(steps_from(steps, arrived), old, now) == now.substr(arrived));
  CHECK(steps_from(steps, now.size()).empty());
}

TEST_CASE("a content that becomes shorter while it is compared is an error") {
  const auto old = noise(100 * block, 1);
  auto now = noise(3 * block, 2) + old;
  const auto list = list_blocks(now, block);
  now.resize(block);
  Text text(now);
  CHECK(!make_delta(list_blocks(old, block), list, text));
}

TEST_CASE("lists of blocks that lie lead to steps that are in range all the same") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Editor editor(seed);
    const auto now = noise(editor.below(100'000), seed);
    auto old = list_blocks(now.substr(now.size() / 3), block);
    for (auto& hash : old.strong)
      if (editor.below(2) == 0) hash = old.strong[editor.below(old.count())];
    for (auto& hash : old.weak) hash = editor.below(3) == 0 ? 0 : old.weak[0];
    Text text(now);
    const auto delta = make_delta(old, list_blocks(now, block), text);
    REQUIRE(delta);
    CHECK_NOTHROW(built(delta->steps, std::string(old.size, 'x'), now));
  }
}
