#include "sync/delta/block_list.hpp"

#include <doctest/doctest.h>

#include "base/stream.hpp"
#include "edits.hpp"

using namespace libre;
using namespace libre::sync;

TEST_CASE("a list does not depend on the pieces in which the content came") {
  const auto content = edits::noise(50'000, 1);
  const auto whole = list_blocks(content, 1024);
  edits::Editor editor(1);
  BlockLister lister(0, 1024);
  for (std::size_t at = 0; at < content.size();) {
    const auto piece = std::string_view(content).substr(at, editor.below(5000));
    lister.add(as_bytes(piece));
    at += piece.size();
  }
  CHECK(lister.finish() == whole);
  CHECK(whole.count() == 49);
  CHECK(whole.full_count() == 48);
  CHECK(whole.digest == digest_of(as_bytes(content)));
}

TEST_CASE("a list survives being written down") {
  for (const std::size_t size : {1u, 1023u, 1024u, 1025u, 100'000u}) {
    const auto list = list_blocks(edits::noise(size, size), 1024);
    const auto again = decode_block_list(encode(list));
    REQUIRE(again);
    CHECK(*again == list);
  }
}

TEST_CASE("hashes are the same on every machine") {
  const auto list = list_blocks(std::string(2048, 'a'), 1024);
  CHECK(list.strong[0] == 0x52628C92CCB24275);
  CHECK(list.weak[0] == 0x1173D450);
}

TEST_CASE("every cut, prolonged or senseless list is refused") {
  const auto bytes = encode(list_blocks(edits::noise(5000, 1), 1024));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!decode_block_list(std::string_view(bytes).substr(0, size)));
  CHECK(!decode_block_list(bytes + "x"));
  auto other = bytes;
  other[0] ^= 1;
  CHECK(!decode_block_list(other));
  // A size of 2^63 with a handful of hashes: refused before anything is allocated for it.
  other = bytes.substr(0, 4) + std::string(9, '\xFF') + '\x01' + bytes.substr(6);
  CHECK(!decode_block_list(other));
}

TEST_CASE("block sizes keep lists short and stay as they were while the content grows a little") {
  CHECK(block_size_for(0) == 1024);
  CHECK(block_size_for(1u << 20) == 1024);
  CHECK(block_size_for(10u << 20) == 2048);
  CHECK(block_size_for(1u << 30) == 4096);
  CHECK(block_size_for(5ull << 30) == 8192);
  CHECK(block_size_for(largest_listed) == max_block_size);
  CHECK(block_size_for(17u << 20, 2048) == 2048);
  CHECK(block_size_for(15u << 20, 4096) == 4096);
  CHECK(block_size_for(1u << 30, 1u << 20) == 4096);
  CHECK(block_size_for(64ull << 30, 4096) == 65536);
  CHECK(block_size_for(1u << 30, 3000) == 4096);
  for (std::uint64_t size = 1; size < largest_listed; size *= 3)
    CHECK(size / block_size_for(size) <= max_listed_blocks);
}

TEST_CASE("the rolling hash depends on its window only") {
  const auto bytes = edits::noise(1000, 1);
  std::uint64_t along = 0, alone = 0;
  for (const char byte : bytes) along = roll(along, byte);
  for (const char byte : bytes.substr(bytes.size() - weak_window)) alone = roll(alone, byte);
  CHECK(along == alone);
}
