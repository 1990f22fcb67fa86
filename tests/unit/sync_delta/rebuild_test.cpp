// The way of a changed file from one directory to another one: list, delta, stream, staging, digest.
#include "sync/delta/rebuild.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "edits.hpp"
#include "support/temporary_directory.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/outgoing.hpp"

using namespace libre;
using namespace libre::sync;
using edits::block;
namespace fs = std::filesystem;

namespace {

// A directory with `new` on this side and one with `old` on the other one.
struct Transfer {
  Transfer(const std::string& old, const std::string& now) : old_content(old), new_content(now) {
    fs::create_directory(directory / "here");
    fs::create_directory(directory / "there");
    REQUIRE(write_file_atomic(directory / "here/new", now));
    REQUIRE(write_file_atomic(directory / "there/old", old));
    wanted = {.path = "new", .size = now.size(), .digest = digest_of(as_bytes(now))};
  }

  Rooted root(const std::string& name) {
    auto opened = Rooted::open(directory / name);
    REQUIRE(opened);
    return *std::move(opened);
  }

  // The content stream of the file from `offset` on.
  std::string sent(std::uint64_t offset) {
    auto here = root("here");
    auto fd = here.open_file("new");
    REQUIRE(fd);
    const auto now = list_file(fd->get(), wanted.size, block, {});
    REQUIRE(now);
    REQUIRE(now->digest == wanted.digest);
    FileContent content(fd->get(), wanted.size);
    const auto delta = make_delta(list_blocks(old_content, block), *now, content);
    REQUIRE(delta);
    struct stat status {};
    REQUIRE(::fstat(fd->get(), &status) == 0);
    Expected expected{
        .offset = offset,
        .size = wanted.size,
        .mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
        .steps = steps_from(delta->steps, offset),
        .digest = wanted.digest};
    Outgoing outgoing(here, "new", expected);
    std::string stream;
    for (;;) {
      auto piece = outgoing.next();
      REQUIRE(piece);
      if (piece->is_end) {
        CHECK(piece->end.status == ContentStatus::complete);
        CHECK(piece->end.digest == wanted.digest);
        append_end(stream, piece->end);
        return stream;
      }
      if (piece->copy)
        append_copy(stream, *piece->copy);
      else
        append_chunk(stream, piece->bytes);
    }
  }

  // Takes a stream, or the beginning of one. The staged bytes where the content came out right.
  Result<std::optional<std::string>> receive(std::string_view stream, const Wait& wait = {}) {
    auto there = root("there");
    LIBRE_TRY(auto incoming, Incoming::open(there, "staged"));
    LIBRE_TRY(auto old, there.open_file("old"));
    Rebuild rebuild(incoming, std::move(old.fd), old_content.size(), wanted);
    ContentDecoder decoder(ContentDecoder::Copies::allowed);
    decoder.feed(stream);
    for (ContentPiece piece;;) {
      LIBRE_TRY(const bool more, decoder.next(piece));
      if (!more || piece.is_end) break;
      LIBRE_CHECK(rebuild.take(piece, wait));
      if (before_next) before_next();
    }
    LIBRE_TRY(const bool right, rebuild.is_right(wait));
    if (!right) return std::optional<std::string>();
    LIBRE_TRY(auto bytes, read_file(directory / "there/.re-staging/staged"));
    return std::optional(std::move(bytes));
  }

  std::uint64_t staged() {
    auto there = root("there");
    const auto size = staged_size(there, "staged");
    REQUIRE(size);
    return *size;
  }

  test::TemporaryDirectory directory;
  std::string old_content, new_content;
  Entry wanted;
  std::function<void()> before_next;
};

std::string copy_of(std::uint64_t offset, std::uint64_t length) {
  std::string stream;
  append_copy(stream, {offset, length});
  return stream;
}

}  // namespace

TEST_CASE("a changed file arrives as it is, in a stream that has only the changes") {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    edits::Editor editor(seed);
    const auto old = edits::noise(1 + editor.below(900'000), 3000 + seed);
    auto now = old;
    std::size_t fresh = 0, count = 1 + editor.below(6);
    for (std::size_t i = 0; i < count; ++i) fresh += editor.edit(now);
    INFO(fmt::format("seed {}, {} edits, {} -> {} bytes", seed, count, old.size(), now.size()));
    Transfer transfer(old, now);
    const auto stream = transfer.sent(0);
    CHECK(stream.size() <= fresh + count * 6 * (block + 24) + 100);
    const auto received = transfer.receive(stream);
    REQUIRE(received);
    REQUIRE(*received);
    CHECK(**received == now);
  }
}

TEST_CASE("a transfer that is cut anywhere goes on where it was") {
  const auto old = edits::noise(600'000, 1);
  auto now = old;
  edits::Editor editor(7);
  for (int i = 0; i < 10; ++i) editor.edit(now);
  Transfer transfer(old, now);
  const auto share = transfer.sent(0).size() / 20;
  int cuts = 0;
  for (; transfer.staged() < now.size(); ++cuts) {
    const auto rest = transfer.sent(transfer.staged());
    const auto begun = transfer.receive(std::string_view(rest).substr(0, share + 7));
    REQUIRE(begun);
    REQUIRE(cuts < 100);
  }
  CHECK(cuts >= 15);
  const auto received = transfer.receive(transfer.sent(now.size()));  // the end alone
  REQUIRE(received);
  REQUIRE(*received);
  CHECK(**received == now);
}

TEST_CASE(
    "a large file, whose digest a second thread makes, arrives and goes on like a small one") {
  const auto old = edits::noise(20u << 20, 1);
  auto now = edits::noise(5'000, 2) + old;
  for (std::size_t at = 0; at < now.size(); at += 1'000'000) now[at] ^= 1;
  Transfer transfer(old, now);
  const auto whole = transfer.sent(0);
  const auto begun = transfer.receive(std::string_view(whole).substr(0, whole.size() * 3 / 4));
  REQUIRE(begun);
  CHECK(!*begun);
  CHECK(transfer.staged() > 10u << 20);
  CHECK(transfer.staged() < now.size());
  const auto received = transfer.receive(transfer.sent(transfer.staged()));
  REQUIRE(received);
  REQUIRE(*received);
  CHECK(**received == now);
}

TEST_CASE("an old file that is other than the sender remembers makes no wrong file") {
  const auto old = edits::noise(50 * block, 1);
  auto now = old;
  now.insert(20 * block + 3, "inserted");
  Transfer transfer(old, now);
  auto changed = old;
  changed[40 * block] ^= 1;
  REQUIRE(write_file_atomic(transfer.directory / "there/old", changed));
  const auto received = transfer.receive(transfer.sent(0));
  REQUIRE(received);
  CHECK(!*received);
}

TEST_CASE("an old file that is cut short while it is copied makes no wrong file, and no error") {
  const auto old = edits::noise(900 * block, 1);
  auto now = old;
  for (std::size_t at = 50 * block; at < now.size(); at += 100 * block) now[at] ^= 1;
  Transfer transfer(old, now);
  transfer.before_next = [&] { fs::resize_file(transfer.directory / "there/old", 300 * block); };
  const auto received = transfer.receive(transfer.sent(0));
  REQUIRE(received);
  CHECK(!*received);
}

TEST_CASE("copies that are not within the old content are refused before anything is written") {
  Transfer transfer(std::string(1000, 'a'), std::string(3000, 'a'));
  constexpr auto max = ~std::uint64_t{0};
  const CopyRange hostile[] = {{0, 1001},    {1000, 1},    {1, 1000}, {max, 1},
                               {max - 5, 5}, {500, max},   {0, max},  {max / 2, max / 2},
                               {1001, 1},    {0, 1 << 30}, {max, max}};
  for (const auto& copy : hostile) {
    const auto received = transfer.receive(copy_of(copy.offset, copy.length));
    REQUIRE(!received);
    CHECK(received.error().code == Errc::protocol);
    CHECK(transfer.staged() == 0);
  }
  CHECK(transfer.receive(copy_of(0, 0)).error().code == Errc::protocol);
}

TEST_CASE("copies that lead beyond the announced size are refused") {
  Transfer transfer(std::string(1000, 'a'), std::string(2500, 'a'));
  const auto received =
      transfer.receive(copy_of(0, 1000) + copy_of(0, 1000) + copy_of(0, 1000) + copy_of(0, 1000));
  REQUIRE(!received);
  CHECK(received.error().code == Errc::protocol);
  CHECK(transfer.staged() == 2000);
}

TEST_CASE("ranges of the old content may overlap and repeat") {
  Transfer transfer("abcdef", "abcdabcdef");
  const auto received = transfer.receive(copy_of(0, 4) + copy_of(0, 6));
  REQUIRE(received);
  REQUIRE(*received);
  CHECK(**received == "abcdabcdef");
}

TEST_CASE("a receiver that expects no copies refuses them") {
  ContentDecoder decoder;
  decoder.feed(copy_of(0, 5));
  ContentPiece piece;
  const auto next = decoder.next(piece);
  REQUIRE(!next);
  CHECK(next.error().code == Errc::protocol);
}

TEST_CASE("a stream with copies may come byte by byte") {
  std::string stream = copy_of(7, 9);
  append_chunk(stream, "xyz");
  append_end(stream, {});
  ContentDecoder decoder(ContentDecoder::Copies::allowed);
  std::vector<std::string> seen;
  for (const char byte : stream) {
    decoder.feed({&byte, 1});
    for (ContentPiece piece;;) {
      const auto next = decoder.next(piece);
      REQUIRE(next);
      if (!*next) break;
      seen.push_back(piece.is_end ? "end"
                     : piece.copy ? fmt::format("{}+{}", piece.copy->offset, piece.copy->length)
                                  : std::string(piece.bytes));
    }
  }
  CHECK(seen == std::vector<std::string>{"7+9", "x", "y", "z", "end"});
  CHECK(decoder.at_boundary());
}

TEST_CASE("a long copy ends when it is woken") {
  Transfer transfer(std::string(1000, 'a'), std::string(1000, 'a'));
  auto waker = Waker::create();
  REQUIRE(waker);
  (*waker)->notify();
  const auto received = transfer.receive(copy_of(0, 1000), {.waker = waker->get()});
  REQUIRE(!received);
  CHECK(received.error().code == Errc::interrupted);
}

TEST_CASE("steps that do not lead to the end of the file are a defect, and no endless loop") {
  Transfer transfer("old", std::string(1000, 'n'));
  auto here = transfer.root("here");
  const auto found = here.look("new");
  REQUIRE(found);
  for (const auto& steps : {std::vector<Step>{}, std::vector<Step>{{Step::Kind::copy, 0, 3}},
                            std::vector<Step>{{Step::Kind::copy, 0, 2000}},
                            std::vector<Step>{{Step::Kind::literal, 0, 2000}}}) {
    Outgoing outgoing(here, "new",
                      {.size = 1000, .mtime_ns = (*found)->stamp.mtime_ns, .steps = steps});
    auto piece = outgoing.next();
    for (int i = 0; i < 10 && piece && !piece->is_end; ++i) piece = outgoing.next();
    REQUIRE(!piece);
    CHECK(piece.error().code == Errc::internal);
  }
}
