#include "wire/compression.hpp"

#include <doctest/doctest.h>

#include "base/random.hpp"

using namespace libre;

namespace {

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "step " + std::to_string(i * 7919) + " loss 0.5\n";
  return text;
}

}  // namespace

TEST_CASE("what is compressed comes out as it went in, and is smaller") {
  const auto compressor = wire::make_compressor();
  for (const int count : {50, 5000, 50})
    for (const int level : {1, 3, 9}) {
      const auto text = lines(count);
      const auto packed = compressor->compress(text, level);
      REQUIRE(packed);
      CHECK(packed->size() < text.size());
      CHECK(wire::decompress(*packed, text.size()).value() == text);
    }
}

TEST_CASE("what would not get smaller is not compressed") {
  const auto compressor = wire::make_compressor();
  CHECK_FALSE(compressor->compress(random_id(20'000).substr(0, 2), 1));
  CHECK_FALSE(compressor->compress("", 1));
  CHECK_FALSE(compressor->compress("x", 19));
}

TEST_CASE("compressed bytes that hold more than they may are refused before anything is stored") {
  const auto packed = wire::make_compressor()->compress(std::string(64u << 20, '\0'), 1);
  REQUIRE(packed);
  CHECK(packed->size() < 16'384);
  CHECK(wire::decompress(*packed, (64u << 20) - 1).error().code == Errc::protocol);
  CHECK(wire::decompress(*packed, 64u << 20).value().size() == 64u << 20);
}

TEST_CASE("damaged compressed bytes are an error, wherever they are cut or changed") {
  const auto text = lines(200);
  const auto packed = wire::make_compressor()->compress(text, 3);
  REQUIRE(packed);
  for (std::size_t size = 0; size < packed->size(); ++size)
    CHECK_FALSE(wire::decompress(packed->substr(0, size), 1u << 20));
  for (std::size_t at = 0; at < packed->size(); ++at) {
    auto changed = *packed;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    // zstd has no checksum of its own here: what comes out may be wrong, never too much.
    if (const auto out = wire::decompress(changed, 1u << 20)) CHECK(out->size() <= 1u << 20);
  }
  CHECK_FALSE(wire::decompress("no zstd at all", 1u << 20));
}
