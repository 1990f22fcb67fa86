#include "sync/delta/passing.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstring>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "edits.hpp"
#include "support/temporary_directory.hpp"
#include "sync/delta/copy_writer.hpp"
#include "sync/delta/file_content.hpp"

using namespace libre;
using namespace libre::sync;

namespace {

void bring(Passing& passing, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto room = passing.room();
    const auto size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    passing.add(size);
    bytes.remove_prefix(size);
  }
}

}  // namespace

TEST_CASE("all who work on what passes by get all bytes in their order") {
  const auto content = edits::noise(5 << 20, 1);
  for (const std::size_t piece : {1000, 100'000, 512 * 1024, 700'000}) {
    Digester digester;
    std::string copy;
    Passing passing(
        {[&](auto bytes) { digester.add(bytes); }, [&](auto bytes) { copy += as_text(bytes); }});
    for (std::size_t at = 0; at < content.size(); at += piece) {
      bring(passing, std::string_view(content).substr(at, piece));
      if (at % 3 == 0) {
        passing.drain();
        CHECK(copy.size() == std::min(at + piece, content.size()));
      }
    }
    passing.drain();
    CHECK(digester.finish() == digest_of(as_bytes(content)));
    CHECK(copy == content);
  }
}

TEST_CASE("what goes wrong in a thread that works on what passes by is told to who brings it") {
  std::size_t seen = 0, worked = 0;
  Passing passing({[&](auto) {
                     if (++worked == 2) throw std::bad_alloc();
                   },
                   [&](auto bytes) { seen += bytes.size(); }});
  const auto content =
      edits::noise(6 << 20, 3);  // more than there is room for: nobody is waited for
  bring(passing, content);
  CHECK_THROWS_AS(passing.drain(), std::bad_alloc);
  CHECK(worked == 2);
  CHECK(seen == content.size());
}

TEST_CASE("what passes by can be given up at any time") {
  Passing passing({[](auto) {}, [](auto) {}});
  bring(passing, std::string(600'000, 'x'));
  (void)passing.room();
}

TEST_CASE("a file that is put together out of another one holds what its digest says") {
  const test::TemporaryDirectory directory;
  const auto old = edits::noise(3 << 20, 1), fresh = edits::noise(10'000, 2);
  REQUIRE(write_file_atomic(directory / "old", old));
  REQUIRE(write_file_atomic(directory / "new", "begin"));
  const auto from = open_read(directory / "old");
  REQUIRE(from);
  const Fd to(::open((directory / "new").c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  REQUIRE(to);
  Digester begun;
  begun.add(as_bytes("begin"));
  const auto writer = CopyWriter::begin(to.get(), 5, begun);
  if (!writer) return;  // one core
  const auto all = writer->add_from(from->get(), 7, 2'000'000, {});
  REQUIRE(all);
  CHECK(*all);
  REQUIRE(writer->add(fresh));
  const auto too_much = writer->add_from(from->get(), (3 << 20) - 1, 2, {});
  REQUIRE(too_much);
  CHECK_FALSE(*too_much);
  REQUIRE(writer->settle());
  const auto content = "begin" + old.substr(7, 2'000'000) + fresh + old.back();
  CHECK(writer->size() == content.size());
  CHECK(read_file(directory / "new") == content);
  CHECK(writer->digest() == digest_of(as_bytes(content)));
}

TEST_CASE("a file that cannot be written is told by whoever waits for it") {
  const test::TemporaryDirectory directory;
  REQUIRE(write_file_atomic(directory / "file", ""));
  const auto only_read = open_read(directory / "file");
  REQUIRE(only_read);
  Digester begun;
  const auto writer = CopyWriter::begin(only_read->get(), 0, begun);
  if (!writer) return;
  (void)writer->add("lost");
  CHECK_FALSE(writer->settle());
  CHECK_FALSE(writer->add("more"));
}

TEST_CASE("the list of a file is the same however many threads made it") {
  const test::TemporaryDirectory directory;
  for (const std::size_t size : {100'000ul, worth_threads - 1, worth_threads, worth_threads + 5}) {
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

TEST_CASE("the hashes of many blocks of a file are those of each of them") {
  const test::TemporaryDirectory directory;
  const auto content = edits::noise(3 << 20, 3);
  REQUIRE(write_file_atomic(directory / "file", content));
  const auto file = open_read(directory / "file");
  REQUIRE(file);
  FileContent bytes(file->get(), content.size());
  for (const std::uint32_t size : {1024u, 4096u}) {
    std::vector<std::uint64_t> hashes(700);
    REQUIRE(bytes.hash(5, size, hashes));
    for (std::size_t i = 0; i < hashes.size(); ++i)
      CHECK(hashes[i] == strong_hash(std::string_view(content).substr(5 + i * size, size)));
  }
  std::vector<std::uint64_t> beyond(1 << 10);
  CHECK_FALSE(bytes.hash(1, 4096, beyond));
}
