// The look at the mirror that goes before an update: what happens between the two.
#include <doctest/doctest.h>

#include <fstream>
#include <functional>

#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;
using libre::sync::Endpoint;
using libre::sync::LocalEndpoint;
using libre::sync::MirrorSpec;

namespace {

constexpr std::size_t small_and_large[] = {
    7, 3 * megabyte};  // in one exchange, and by an offer of the changes

// Does something right after the other side has looked, or has begun to copy a large file.
class Meddled final : public Endpoint {
 public:
  std::vector<std::string> copied{};
  std::function<void()> after_copy{};
  Meddled(Endpoint& inner, std::function<void()> after_look)
      : inner_(inner), after_look_(std::move(after_look)) {}
  Result<sync::MirrorInfo> find(const MirrorSpec& mirror, const Wait& wait) override {
    return inner_.find(mirror, wait);
  }
  void look_ahead(const MirrorSpec& mirror, const Digest& from, const Wait& wait) override {
    inner_.look_ahead(mirror, from, wait);
    after_look_();
  }
  void copy_ahead(const MirrorSpec& mirror, const std::string& path, std::uint64_t size,
                  const Wait& wait) override {
    inner_.copy_ahead(mirror, path, size, wait);
    copied.push_back(path);
    if (after_copy) after_copy();
  }
  Result<sync::Applied> update(const MirrorSpec& mirror, const sync::Difference& difference,
                               std::string_view contents, const Wait& wait) override {
    return inner_.update(mirror, difference, contents, wait);
  }
  Result<sync::Offered> offer(const MirrorSpec& mirror, const sync::Tree& wanted,
                              const sync::OfferOptions& options, const Wait& wait) override {
    return inner_.offer(mirror, wanted, options, wait);
  }
  Result<sync::Offered> offer_changes(const MirrorSpec& mirror, const sync::Difference& difference,
                                      const sync::Tree& wanted, const Wait& wait) override {
    return inner_.offer_changes(mirror, difference, wanted, wait);
  }
  Result<sync::BlockList> blocks(const MirrorSpec& mirror, const std::string& path,
                                 const Wait& wait) override {
    return inner_.blocks(mirror, path, wait);
  }
  Result<sync::Applied> supply(sync::ContentSource& contents, const Wait& wait) override {
    return inner_.supply(contents, wait);
  }
  Result<sync::Listing> list(const sync::ListRequest& request, const Wait& wait) override {
    return inner_.list(request, wait);
  }
  Result<void> read(const MirrorSpec& mirror, const std::vector<sync::ReadItem>& items,
                    const sync::ContentSink& sink, const Wait& wait) override {
    return inner_.read(mirror, items, sink, wait);
  }

 private:
  Endpoint& inner_;
  std::function<void()> after_look_;
};

struct LookScene {
  LookScene() {
    for (const auto* name : {"a.py", "b.py", "sub/c.py", "sub/d.py"})
      put(bench.local() / name, std::string("content of ") + name);
    must(sync_with([] {}));
  }
  Result<SyncReport> sync_with(std::function<void()> after_look) {
    Meddled endpoint(there, std::move(after_look));
    return sync::sync_project(bench.project, endpoint, bench.spec, "bench", {}, nullptr, {});
  }
  static SyncReport must(Result<SyncReport> report) {
    if (!report) FAIL(report.error().describe());
    return *std::move(report);
  }
  void check_equal() const {
    for (const auto* name : {"a.py", "b.py", "sub/c.py", "sub/d.py"})
      CHECK(get(bench.mirror() / name) == get(bench.local() / name));
  }
  Bench bench;
  std::shared_ptr<sync::MirrorLocks> locks = std::make_shared<sync::MirrorLocks>();
  LocalEndpoint there{bench.places(), locks};
};

}  // namespace

TEST_CASE("what somebody changes after the look is kept aside, not lost") {
  for (const auto size : small_and_large) {
    LookScene scene;
    put(scene.bench.local() / "a.py", noise(size, 1));
    const auto report =
        scene.must(scene.sync_with([&] { put(scene.bench.mirror() / "a.py", "somebody's work"); }));
    CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
    scene.check_equal();
  }
}

TEST_CASE("what is to be deleted and changes after the look stays") {
  for (const auto size : small_and_large) {
    LookScene scene;
    put(scene.bench.local() / "a.py", noise(size, 1));
    fs::remove(scene.bench.local() / "sub/d.py");
    (void)scene.must(
        scene.sync_with([&] { put(scene.bench.mirror() / "sub/d.py", "somebody's work"); }));
    CHECK(get(scene.bench.mirror() / "sub/d.py") == "somebody's work");
  }
}

TEST_CASE("what changes after the look and is not touched is put right by the next sync") {
  LookScene scene;
  put(scene.bench.local() / "a.py", "a new one");
  (void)scene.must(scene.sync_with([&] { fs::remove(scene.bench.mirror() / "b.py"); }));
  CHECK(get(scene.bench.mirror() / "a.py") == "a new one");
  (void)scene.must(scene.sync_with([] {}));
  scene.check_equal();
}

TEST_CASE("a directory that comes in the way after the look goes aside as a whole") {
  for (const auto size : small_and_large) {
    LookScene scene;
    put(scene.bench.local() / "a.py", noise(size, 1));
    const auto report = scene.must(scene.sync_with([&] {
      fs::remove(scene.bench.mirror() / "a.py");
      put(scene.bench.mirror() / "a.py/inside", "somebody's work");
    }));
    CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
    scene.check_equal();
  }
}

TEST_CASE("a large file that changes in place is copied over there while it is read here") {
  LookScene scene;
  const auto edit = [&](std::size_t at) {
    std::fstream file(scene.bench.local() / "large", std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)) << "another page";
  };
  std::vector<std::string> copied;
  const auto sync_large = [&](std::function<void()> after_copy) {
    Meddled endpoint(scene.there, [] {});
    endpoint.after_copy = std::move(after_copy);
    auto report = scene.must(sync::sync_project(scene.bench.project, endpoint, scene.bench.spec,
                                                "bench", {}, nullptr, {}));
    copied = endpoint.copied;
    CHECK((get(scene.bench.mirror() / "large") == get(scene.bench.local() / "large")));
    CHECK_FALSE(fs::exists(scene.bench.mirror() / ".re-staging"));
    return report;
  };
  put(scene.bench.local() / "large", noise(sync::worth_copying_ahead + 5, 1));
  CHECK(sync_large({}).bytes_sent > sync::worth_copying_ahead);
  CHECK(copied.empty());  // it was new: there was nothing to copy
  edit(30 * megabyte);
  CHECK(sync_large({}).bytes_sent < 10'000);
  CHECK(copied == std::vector<std::string>{"large"});
  edit(50 * megabyte);
  const auto report = sync_large(
      [&] { std::ofstream(scene.bench.mirror() / "large", std::ios::app) << "somebody's work"; });
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"large"});
  std::ofstream(scene.bench.local() / "large", std::ios::app) << "not where it was, perhaps";
  (void)sync_large({});
  CHECK(copied.empty());
}

TEST_CASE("a look from before another sync or push is not used") {
  LookScene scene;
  LocalEndpoint other(scene.bench.places(), scene.locks);
  const auto push = [&] {
    put(scene.bench.scratch.path() / "elsewhere/b.py", "pushed");
    const auto pushed =
        sync::push_files(other, scene.bench.spec, scene.bench.scratch.path() / "elsewhere",
                         {"b.py"}, "", nullptr, {}, {});
    REQUIRE(pushed);
    CHECK(get(scene.bench.mirror() / "b.py") == "pushed");
  };
  (void)scene.must(scene.sync_with(push));
  scene.check_equal();
  put(scene.bench.local() / "a.py", "first");
  const auto bring = [&] {
    const auto synced = sync::sync_project(scene.bench.project, other, scene.bench.spec, "another",
                                           {}, nullptr, {});
    REQUIRE(synced);
    CHECK(get(scene.bench.mirror() / "a.py") == "first");
    put(scene.bench.local() / "a.py", "second");
  };
  (void)scene.must(scene.sync_with(bring));
  scene.check_equal();
}
