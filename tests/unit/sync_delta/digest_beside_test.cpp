#include "sync/delta/digest_beside.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "edits.hpp"
#include "support/temporary_directory.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/delta/following_digest.hpp"

using namespace libre;
using namespace libre::sync;

TEST_CASE("a digest that is made beside other work is that of all pieces in their order") {
  const auto content = edits::noise(5 << 20, 1);
  for (const std::size_t piece : {1000, 100'000, 512 * 1024}) {
    DigestBeside beside;
    for (std::size_t at = 0; at < content.size(); at += piece) {
      const auto part = std::string_view(content).substr(at, piece);
      std::memcpy(beside.room(), part.data(), part.size());
      beside.add(part.size());
    }
    CHECK(beside.finish() == digest_of(as_bytes(content)));
  }
  CHECK(DigestBeside().finish() == digest_of({}));
}

TEST_CASE("a digest beside can be given up at any time") {
  DigestBeside beside;
  beside.add(0);
  (void)beside.room();
}

TEST_CASE("the list of a file is the same however many threads made it") {
  const test::TemporaryDirectory directory;
  for (const std::size_t size : {100'000ul, followed_size - 1, followed_size, followed_size + 5}) {
    CAPTURE(size);
    const auto content = edits::noise(size, 2);
    REQUIRE(write_file_atomic(directory / "file", content));
    const auto file = open_read(directory / "file");
    REQUIRE(file);
    const auto list = list_file(file->get(), size, block_size_for(size), {});
    REQUIRE(list);
    CHECK((*list == list_blocks(content, block_size_for(size))));
    const auto shorter = list_file(file->get(), size + 1, block_size_for(size), {});
    REQUIRE_FALSE(shorter);
    CHECK(shorter.error().code == Errc::not_found);
  }
}
