// What is there already under another name is moved, and what comes for several files comes once.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <random>

#include "cut_stream.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

std::uint64_t inode_of(const fs::path& file) {
  struct ::stat status {};
  return ::lstat(file.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::string detail_of(const std::vector<SyncNote>& notes, const std::string& path) {
  for (const auto& note : notes)
    if (note.path == path) return note.detail;
  return {};
}

}  // namespace

TEST_CASE("a file that was moved here is moved there, not copied") {
  Bench bench;
  std::mt19937 random(1);
  put(bench.local() / "runs/old.bin", noise(random, 100'000));
  put(bench.local() / "small", "s");
  bench.sync();
  const auto inode = inode_of(bench.mirror() / "runs/old.bin");
  const auto small = inode_of(bench.mirror() / "small");
  fs::create_directories(bench.local() / "kept");
  fs::rename(bench.local() / "runs/old.bin", bench.local() / "kept/new.bin");
  fs::remove(bench.local() / "runs");
  fs::rename(bench.local() / "small", bench.local() / "tiny");
  fs::permissions(bench.local() / "tiny", fs::perms::owner_exec, fs::perm_options::add);
  const auto dry = bench.sync({.dry_run = true});
  CHECK(detail_of(dry.notes, "kept/new.bin") == "moved from runs/old.bin");
  CHECK(paths_of(dry.notes, Kind::deleted) == std::vector<std::string>{"runs/old.bin", "small"});
  const auto report = bench.sync();
  CHECK(report.bytes_sent == 0);
  CHECK(report.deleted == 2);
  CHECK(inode_of(bench.mirror() / "kept/new.bin") == inode);
  CHECK(inode_of(bench.mirror() / "tiny") == small);
  CHECK_FALSE(is_there(bench.mirror() / "runs"));
  auto expected = picture(bench.local());
  std::erase_if(expected, [](const auto& item) { return item.first.starts_with(".recompute"); });
  CHECK(picture(bench.mirror()) == expected);
  CHECK(bench.sync().files_sent == 0);
}

TEST_CASE("a file that moves to two names is moved to one and copied to the other") {
  Bench bench;
  std::mt19937 random(2);
  const auto content = noise(random, 50'000);
  put(bench.local() / "a", content);
  bench.sync();
  const auto inode = inode_of(bench.mirror() / "a");
  fs::rename(bench.local() / "a", bench.local() / "b");
  put(bench.local() / "c", content);
  CHECK(bench.sync().bytes_sent == 0);
  CHECK(inode_of(bench.mirror() / "b") == inode);
  CHECK(get(bench.mirror() / "c") == content);
  CHECK_FALSE(is_there(bench.mirror() / "a"));
}

TEST_CASE("a file whose name another one takes is copied from, and stays whole all the time") {
  Bench bench;
  std::mt19937 random(3);
  const auto first = noise(random, 50'000), second = noise(random, 60'000);
  put(bench.local() / "a", first);
  put(bench.local() / "b", second);
  bench.sync();
  fs::rename(bench.local() / "a", bench.local() / "c");
  fs::rename(bench.local() / "b", bench.local() / "a");
  CHECK(bench.sync().bytes_sent == 0);
  CHECK(get(bench.mirror() / "a") == second);
  CHECK(get(bench.mirror() / "c") == first);
  CHECK_FALSE(is_there(bench.mirror() / "b"));
}

TEST_CASE("a file that was changed over there is not moved, and theirs is left alone") {
  Bench bench;
  std::mt19937 random(4);
  const auto content = noise(random, 50'000);
  put(bench.local() / "a", content);
  bench.sync();
  put(bench.mirror() / "a", "theirs");
  fs::rename(bench.local() / "a", bench.local() / "b");
  bench.sync();
  CHECK(get(bench.mirror() / "a") == "theirs");
  CHECK(get(bench.mirror() / "b") == content);
}

TEST_CASE("a move is whole where the agent is killed in the midst of it, at any moment") {
  Bench bench;
  std::mt19937 random(5);
  put(bench.local() / "0/file", noise(random, 30'000));
  for (int i = 0; i < 20; ++i) put(bench.local() / "0/d" / std::to_string(i), noise(random, 3000));
  bench.sync();
  for (int round = 1; round <= 20; ++round) {
    CAPTURE(round);
    fs::rename(bench.local() / std::to_string(round - 1), bench.local() / std::to_string(round));
    with_mortal_agent(bench, random() % 20'000, [&](libre::sync::Endpoint& endpoint) {
      (void)libre::sync::sync_project(bench.project, endpoint, bench.spec, "bench", {}, nullptr,
                                      {.deadline = Deadline::after(std::chrono::minutes(2))});
    });
    const auto report = bench.sync();
    CHECK(report.bytes_sent == 0);  // nothing was lost on the way
    auto expected = picture(bench.local());
    std::erase_if(expected, [](const auto& item) { return item.first.starts_with(".recompute"); });
    const auto there = picture(bench.mirror());
    for (const auto& [path, what] : there) {
      const auto same = expected.find(path);
      CHECK_MESSAGE((same != expected.end() && same->second == what), path << " is left, or other");
    }
    for (const auto& [path, what] : expected)
      CHECK_MESSAGE(there.contains(path), path << " is missing");
  }
}

TEST_CASE("a content that two new files have is sent once, in an update and in a first sync") {
  Bench bench;
  std::mt19937 random(6);
  for (const bool first : {true, false}) {
    CAPTURE(first);
    const auto name = first ? std::string("first") : std::string("later");
    const auto content = noise(random, first ? 2'000'000 : 100'000);
    put(bench.local() / name / "one", content);
    put(bench.local() / name / "two", content);
    put(bench.local() / name / "three", content);
    const auto dry = bench.sync({.dry_run = true});
    CHECK(dry.bytes_sent == content.size());
    CHECK(detail_of(dry.notes, name + "/two") == "copied from " + name + "/one");
    const auto report = bench.sync();
    CHECK(report.bytes_sent == content.size());
    for (const auto* file : {"one", "two", "three"})
      CHECK(get(bench.mirror() / name / file) == content);
    CHECK_FALSE(is_there(bench.mirror() / ".re-staging"));
  }
}

TEST_CASE("of two new files with one content each comes, also where the first changes on its way") {
  Bench bench;
  std::mt19937 random(7);
  const auto content = noise(random, 1'500'000);
  put(bench.local() / "one", content);
  put(bench.local() / "two", content);
  class Meddler final : public Observer {
   public:
    explicit Meddler(fs::path file) : file_(std::move(file)) {}
    void progress(const Progress& progress) override {
      if (progress.done == 0 || std::exchange(done_, true)) return;
      put(file_, "another one");
    }
    fs::path file_;
    bool done_ = false;
  } meddler(bench.local() / "one");
  const auto report = libre::sync::sync_project(bench.project, bench.endpoint(), bench.spec,
                                                "bench", {}, &meddler, {});
  REQUIRE(report);
  CHECK(paths_of(report->notes, Kind::vanished).empty());
  CHECK(get(bench.mirror() / "one") == "another one");
  CHECK(get(bench.mirror() / "two") == content);
}
