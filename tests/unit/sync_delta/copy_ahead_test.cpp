// Copies of large files that are made before it is known what will be wanted of them.
#include "sync/delta/copy_ahead.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <unistd.h>

#include <filesystem>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/stream.hpp"
#include "support/temporary_directory.hpp"
#include "sync/delta/rebuild.hpp"
#include "sync/file_times.hpp"

using namespace libre;
using namespace libre::sync;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t megabyte = 1u << 20;

struct Place {
  test::TemporaryDirectory directory{};
  Rooted root = std::move(*Rooted::open(directory.path()));
  std::string old_content;

  explicit Place(std::size_t size = worth_copying_ahead + 12'345) {
    const auto part = random_id(4096);
    while (old_content.size() < size) {
      old_content += part;
      old_content += std::to_string(old_content.size());
    }
    old_content.resize(size);
    REQUIRE(write_file_atomic(path(), old_content));
  }
  fs::path path() const { return directory.path() / "old"; }
  std::unique_ptr<CopyAhead> copy() { return CopyAhead::begin(root, "old", old_content.size()); }
  // Not on one core, or on a file system that has no use for it: then there is nothing to test.
  static bool can_copy() {
    const bool can = Place().copy() != nullptr;
    if (!can) MESSAGE("not tried: nothing is copied ahead here");
    return can;
  }
  std::size_t names() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory.path()), {}));
  }

  // What comes out of the steps, with `ahead` or without; nothing where it is not right.
  struct Step {
    std::optional<CopyRange> copy{};
    std::string bytes{};
  };
  std::string rebuild(const std::vector<Step>& steps, const std::string& wanted,
                      std::unique_ptr<CopyAhead> ahead) {
    const Entry entry{.path = "old", .size = wanted.size(), .digest = digest_of(as_bytes(wanted))};
    auto incoming = Incoming::open(root, "staged");
    REQUIRE(incoming);
    Rebuild rebuild(*incoming, std::move(root.open_file("old")->fd), old_content.size(), entry,
                    std::move(ahead));
    for (const auto& step : steps)
      REQUIRE(rebuild.take({.bytes = step.bytes, .copy = step.copy}, {}));
    const auto right = rebuild.is_right({});
    REQUIRE(right);
    auto content = *right ? read_file(directory.path() / incoming->path()).value() : "";
    REQUIRE(root.remove_file(incoming->path()));
    return content;
  }
};

// At another time than what was written before: the clock of files goes in ticks.
void scribble(const fs::path& path, std::size_t offset) {
  await_next_tick(file_clock_ns());
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::pwrite(fd.get(), "scribble", 8, static_cast<off_t>(offset)) == 8);
}

}  // namespace

TEST_CASE("a copy that was made ahead becomes what is wanted, and is not made again for that") {
  if (!Place::can_copy()) return;
  Place place;
  auto wanted = place.old_content;
  wanted.replace(5, 3, "new");
  wanted.replace(40 * megabyte - 2, 4, "both");  // in two pieces
  wanted.replace(wanted.size() - 3, 3, "end");
  auto ahead = place.copy();
  REQUIRE(ahead);
  CHECK(ahead->is_of(place.root.open_file("old")->get()));
  CHECK(place.names() == 1);
  REQUIRE(ahead->finish({}, {}));
  scribble(place.path(), 20 * megabyte);  // who copied it only now would copy this
  CHECK((place.rebuild({{CopyRange{0, 5}},
                        {{}, "new"},
                        {CopyRange{8, 40 * megabyte - 10}},
                        {{}, "both"},
                        {CopyRange{40 * megabyte + 2, wanted.size() - 40 * megabyte - 5}},
                        {{}, "end"}},
                       wanted, std::move(ahead)) == wanted));
}

TEST_CASE(
    "where what is wanted has moved, or is mostly new, a copy that was made ahead is let go") {
  if (!Place::can_copy()) return;
  Place place;
  const std::string large(5 * megabyte, 'n');
  const auto size = place.old_content.size();
  const auto front =
      place.old_content.substr(0, 1000) + "inserted" + place.old_content.substr(1000);
  CHECK((place.rebuild({{CopyRange{0, 1000}}, {{}, "inserted"}, {CopyRange{1000, size - 1000}}},
                       front, place.copy()) == front));
  const auto renewed = large + place.old_content.substr(large.size());
  CHECK((place.rebuild({{{}, large.substr(0, 3 * megabyte)},
                        {{}, large.substr(3 * megabyte)},
                        {CopyRange{large.size(), size - large.size()}}},
                       renewed, place.copy()) == renewed));
  const auto shorter = place.old_content.substr(0, 1000);
  CHECK((place.rebuild({{CopyRange{0, 1000}}}, shorter, place.copy()) == shorter));
  const auto longer = place.old_content + "more";
  CHECK((place.rebuild({{CopyRange{0, size}}, {{}, "more"}}, longer, place.copy()) == longer));
  CHECK(place.names() == 2);  // and the staging directory
}

TEST_CASE(
    "what was written to a file while it was copied ahead never comes out as what is wanted") {
  if (!Place::can_copy()) return;
  Place place;
  auto ahead = place.copy();
  scribble(place.path(), 3);
  CHECK_FALSE(ahead->is_of(place.root.open_file("old")->get()));
  CHECK((place.rebuild({{CopyRange{0, place.old_content.size()}}}, place.old_content,
                       std::move(ahead)) != read_file(place.path()).value()));
}

TEST_CASE("a file that becomes shorter while it is copied ahead makes no content, and no failure") {
  if (!Place::can_copy()) return;
  Place place;
  fs::resize_file(place.path(), 1000);
  CHECK_FALSE(place.copy());  // of another size than was said
  fs::resize_file(place.path(), place.old_content.size());
  auto ahead = place.copy();
  fs::resize_file(place.path(), 1000);
  const auto digest = ahead->finish({}, {});
  REQUIRE(digest);
  if (*digest) CHECK(**digest != digest_of(as_bytes(place.old_content)));
}

TEST_CASE("who is woken does not wait for a copy, and one that nobody takes leaves nothing") {
  if (!Place::can_copy()) return;
  Place place;
  auto ahead = place.copy();
  REQUIRE(ahead);
  const auto waker = std::move(*Waker::create());
  waker->notify();
  const auto woken = ahead->finish({}, {Deadline::never(), waker.get()});
  if (!woken) CHECK(woken.error().code == Errc::interrupted);
  ahead.reset();
  CHECK(place.names() == 1);
  CHECK((read_file(place.path()).value() == place.old_content));
}

TEST_CASE("small files, and what is no file, are not copied ahead") {
  Place place;
  fs::create_directory(place.directory.path() / "directory");
  fs::create_directory(place.directory.path() / "root");
  fs::create_symlink(place.path(), place.directory.path() / "root/link");
  const auto size = place.old_content.size();
  auto root = std::move(*Rooted::open(place.directory.path() / "root"));
  for (const auto& path :
       std::vector<std::string>{"link", "../old", "nothing", "", place.path().string()})
    CHECK_FALSE(CopyAhead::begin(root, path, size));
  CHECK_FALSE(CopyAhead::begin(place.root, "directory", size));
  fs::resize_file(place.path(), worth_copying_ahead - 1);
  CHECK_FALSE(CopyAhead::begin(place.root, "old", worth_copying_ahead - 1));
}
