// Small contents come whole, and are put in place with few system calls: what may be in their way.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <functional>

#include "base/files.hpp"
#include "base/text.hpp"
#include "sync/apply.hpp"
#include "sync/staging.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace libre::sync;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

const std::string script = "def main(): pass\n";

Entry wanted_file() {
  return {.path = "run.sh",
          .executable = true,
          .size = script.size(),
          .mtime_ns = 1'600'000'000'000'000'123,
          .digest = digest_of(as_bytes(script))};
}

// Gives one content in single bytes; something happens before its end.
class Bytewise final : public ContentSource {
 public:
  explicit Bytewise(std::function<void()> before_end = [] {})
      : before_end_(std::move(before_end)) {}
  Result<ContentPiece> next() override {
    if (at_ < script.size())
      return ContentPiece{.bytes = std::string_view(script).substr(at_++, 1)};
    before_end_();
    return ContentPiece{.is_end = true};
  }

 private:
  std::function<void()> before_end_;
  std::size_t at_ = 0;
};

// A mirror that was offered one small file, which has not come yet.
struct Awaiting {
  Bench bench;
  LocalEndpoint endpoint{bench.places(), std::make_shared<MirrorLocks>()};
  fs::path place = bench.mirror() / "run.sh";
  fs::path staged = bench.mirror() / in_staging(staging_name(wanted_file()));

  Awaiting() { offer(); }
  void offer() {
    const auto offered = endpoint.offer(bench.spec, *Tree::make({wanted_file()}), {}, {});
    REQUIRE(offered);
    REQUIRE(offered->needs.size() == 1);
  }
  Applied supply(std::function<void()> before_end = [] {}) {
    Bytewise source(std::move(before_end));
    auto applied = endpoint.supply(source, {});
    REQUIRE(applied);
    return *std::move(applied);
  }
  void check_arrived() const {
    CHECK(get(place) == script);
    struct stat status {};
    REQUIRE(::stat(place.c_str(), &status) == 0);
    CHECK((status.st_mode & S_IXUSR) != 0);
    CHECK(stamp_of(status).mtime_ns == wanted_file().mtime_ns);
    CHECK_FALSE(is_there(bench.mirror() / staging_directory));
  }
};

}  // namespace

TEST_CASE("a small file comes with its mode and time, and is remembered as it lies there") {
  Awaiting scene;
  CHECK(scene.supply().files == 1);
  scene.check_arrived();
  const auto again = scene.endpoint.offer(scene.bench.spec, *Tree::make({wanted_file()}), {}, {});
  REQUIRE(again);
  CHECK(again->done);
  CHECK(again->notes.empty());
}

TEST_CASE("nothing of a small file is written before all of it has come") {
  Awaiting scene;
  scene.supply([&] { CHECK_FALSE(is_there(scene.bench.mirror() / staging_directory)); });
  scene.check_arrived();
}

TEST_CASE("a small file that somebody makes while it comes is kept aside") {
  Awaiting scene;
  const auto applied = scene.supply([&] { put(scene.place, "a job's own"); });
  const auto kept = paths_of(applied.notes, Kind::kept_aside);
  REQUIRE(kept == std::vector<std::string>{"run.sh"});
  scene.check_arrived();
  const auto there = picture(scene.bench.mirror());
  CHECK(std::ranges::count_if(
            there, [](const auto& file) { return file.second == "f:a job's own"; }) == 1);
}

TEST_CASE("what an earlier transfer left of a small file is no obstacle") {
  for (const auto& left :
       {std::string(), std::string("def"), std::string("wrong"), script + "and more than that"}) {
    CAPTURE(left);
    Awaiting scene;
    put(scene.staged, left);
    put(scene.bench.mirror() / in_staging(whole_name(staging_name(wanted_file()))), left);
    scene.supply();
    scene.check_arrived();
  }
}

TEST_CASE("a small file that other transfers are writing comes under a name of its own") {
  Awaiting scene;
  const auto whole = scene.bench.mirror() / in_staging(whole_name(staging_name(wanted_file())));
  put(scene.staged, "half of");
  put(whole, "half of another");
  const Fd others[] = {Fd(::open(scene.staged.c_str(), O_RDWR | O_CLOEXEC)),
                       Fd(::open(whole.c_str(), O_RDWR | O_CLOEXEC))};
  for (const auto& other : others) REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  CHECK(scene.supply().files == 1);
  CHECK(get(scene.place) == script);
  struct stat placed {};
  REQUIRE(::stat(scene.place.c_str(), &placed) == 0);
  for (const auto& other : others) {
    struct stat status {};
    REQUIRE(::fstat(other.get(), &status) == 0);
    CHECK(status.st_ino != placed.st_ino);
    CHECK(static_cast<std::size_t>(status.st_size) < script.size());
  }
}

TEST_CASE("a small program is one for its owner whatever the umask says") {
  Awaiting scene;
  fs::create_directories(scene.bench.mirror() / staging_directory);
  const auto before = ::umask(0111);
  scene.supply();
  ::umask(before);
  scene.check_arrived();
  const auto again = scene.endpoint.offer(scene.bench.spec, *Tree::make({wanted_file()}), {}, {});
  REQUIRE(again);
  CHECK(again->done);
}

TEST_CASE("a whole content is staged where nobody else is, and never over something") {
  Scratch scratch;
  auto root = Rooted::open(scratch.path());
  REQUIRE(root);
  const auto stage = [&] { return stage_whole(*root, "name", script, false, 5); };
  {
    const auto staged = stage();
    REQUIRE((staged && *staged));
    CHECK(get(scratch.path() / (*staged)->path) == script);
    const auto second = stage();
    REQUIRE(second);
    CHECK_FALSE(*second);
  }
  CHECK(get(scratch.path() / in_staging(whole_name("name"))) == script);
}

TEST_CASE("a directory that was moved away is not taken for the one that has its name now") {
  Scratch scratch;
  put(scratch.path() / "a/file", "old");
  auto root = Rooted::open(scratch.path());
  REQUIRE(root);
  REQUIRE(root->look("a/file"));  // "a" is open from now on
  REQUIRE(*root->rename_to_new("a", "b"));
  REQUIRE(root->make_directory("a"));
  const auto fresh = root->open_new("a/file", false);
  REQUIRE((fresh && *fresh));
  CHECK(get(scratch.path() / "b/file") == "old");
  CHECK(is_there(scratch.path() / "a/file"));
  // The same where somebody else moves it away, and makes another one.
  fs::rename(scratch.path() / "a", scratch.path() / "c");
  fs::create_directory(scratch.path() / "a");
  REQUIRE(root->make_directory("a"));
  const auto fresher = root->open_new("a/file", false);
  REQUIRE((fresher && *fresher));
}
