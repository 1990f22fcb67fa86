// A push by the changes: what travels, and what is right in the end whatever was remembered wrongly or cut.
#include <doctest/doctest.h>

#include "../sync_delta/edits.hpp"
#include "base/digest.hpp"
#include "base/stream.hpp"
#include "cut_stream.hpp"
#include "stop_after.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;
using libre::sync::BlockMemory;

namespace {

// Pushes to data/, as Instance::push does.
class Pusher {
 public:
  explicit Pusher(Bench& bench)
      : bench_(bench), blocks_(bench.local() / ".recompute/blocks"), memory_(blocks_) {}

  Result<TransferReport> attempt(libre::sync::Endpoint& endpoint,
                                 const std::vector<std::string>& sources,
                                 const TransferOptions& options = {}, Observer* observer = nullptr,
                                 const Wait& wait = {}) const {
    return libre::sync::push_files(endpoint, bench_.spec, bench_.local(), sources, "data/",
                                   observer, wait, options, &memory_);
  }
  TransferReport push(const std::vector<std::string>& sources, const TransferOptions& options = {},
                      Observer* observer = nullptr) const {
    auto report = attempt(bench_.endpoint(), sources, options, observer);
    if (!report) FAIL(report.error().describe());
    return *report;
  }
  void forget() const { fs::remove_all(blocks_); }
  const BlockMemory& memory() const { return memory_; }

 private:
  Bench& bench_;
  fs::path blocks_;
  BlockMemory memory_;
};

}  // namespace

TEST_CASE("a push of a large file that is there in another version sends what has changed") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(3 * megabyte, 1);
  put(bench.local() / "big", content);
  CHECK(pusher.push({"big"}).bytes_moved == content.size());
  content.replace(megabyte, 5, "other");
  content.insert(0, "in front of everything");
  put(bench.local() / "big", content);
  const auto before = bench.turns();
  const auto report = pusher.push({"big"});
  CHECK(bench.turns() - before == 2);  // what is needed, and the contents
  CHECK(report.files_moved == 1);
  CHECK(report.bytes_moved <= 3 * 4096);
  CHECK(report.notes.size() == 1);
  CHECK((get(bench.mirror() / "data/big") == content));
}

TEST_CASE("a push without a memory of blocks asks for those of what is over there") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(3 * megabyte, 2);
  put(bench.local() / "big", content);
  pusher.push({"big"});
  pusher.forget();
  content[5] ^= 1;
  put(bench.local() / "big", content);
  const auto before = bench.turns();
  CHECK(pusher.push({"big"}).bytes_moved <= 4096);
  CHECK(bench.turns() - before == 3);
}

TEST_CASE("what somebody else has put there is kept aside, and the push sends the changes of it") {
  Bench bench;
  const Pusher pusher(bench);
  const auto theirs = edits::noise(3 * megabyte, 3);
  put(bench.mirror() / "data/big", theirs);
  auto content = theirs;
  content.insert(1000, "more");
  put(bench.local() / "big", content);
  const auto report = pusher.push({"big"});
  CHECK(report.bytes_moved <= 8192);
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"data/big"});
  CHECK((get(bench.mirror() / "data/big") == content));
}

TEST_CASE("large files of several directories are pushed by their changes, each from its own") {
  Bench bench;
  const Pusher pusher(bench);
  const std::vector<std::string> names{"x/one", "y/two", "z w/three"};
  std::map<std::string, std::string> contents;
  for (std::size_t i = 0; i < names.size(); ++i) {
    contents[names[i]] = edits::noise(2 * megabyte, 10 + i);
    put(bench.local() / names[i], contents[names[i]]);
  }
  pusher.push(names);
  for (auto& [name, content] : contents) {
    content.insert(megabyte, name);
    put(bench.local() / name, content);
  }
  CHECK(pusher.push(names).bytes_moved <= 3 * 8192);
  for (const auto& [name, content] : contents)
    CHECK((get(bench.mirror() / "data" / fs::path(name).filename()) == content));
}

TEST_CASE("a push whose memory of blocks is wrong sends the whole file, at once") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(4 * megabyte, 4);
  put(bench.local() / "big", content);
  pusher.push({"big"});
  // The list claims that the second half of what is there is what the new file begins with.
  const auto half = content.substr(0, 2 * megabyte);
  auto lie = libre::sync::list_blocks(content.substr(2 * megabyte) + half,
                                      libre::sync::block_size_for(content.size()));
  lie.digest = digest_of(as_bytes(content));
  REQUIRE(pusher.memory().remember(lie));
  content = half + "short";
  put(bench.local() / "big", content);
  const auto report = pusher.push({"big"});
  CHECK(report.bytes_moved > content.size());
  CHECK(report.files_moved == 1);
  CHECK(paths_of(report.notes, Kind::vanished).empty());
  CHECK((get(bench.mirror() / "data/big") == content));
}

TEST_CASE("what changes over there while a push copies from it is sent whole, at once") {
  Bench bench;
  const Pusher pusher(bench);
  auto first = edits::noise(2 * megabyte, 5), second = edits::noise(2 * megabyte, 6);
  put(bench.local() / "a", first);
  put(bench.local() / "b", second);
  pusher.push({"a", "b"});
  first[7] ^= 1;
  second[7] ^= 1;
  put(bench.local() / "a", first);
  put(bench.local() / "b", second);
  // All that is sent has been decided when the first of it goes out.
  class Meddler final : public Observer {
   public:
    explicit Meddler(fs::path file) : file_(std::move(file)) {}
    void progress(const Progress& progress) override {
      if (progress.done == 0 || std::exchange(done_, true)) return;
      put(file_, std::string(2 * megabyte, 'm'));
    }
    fs::path file_;
    bool done_ = false;
  } meddler(bench.mirror() / "data/b");
  const auto report = pusher.push({"a", "b"}, {}, &meddler);
  CHECK(meddler.done_);
  CHECK(report.files_moved == 2);
  CHECK(report.bytes_moved > 2 * megabyte);
  CHECK(paths_of(report.notes, Kind::vanished).empty());
  CHECK((get(bench.mirror() / "data/a") == first));
  CHECK((get(bench.mirror() / "data/b") == second));
}

TEST_CASE("a push by the changes that is cut leaves the old file, and the next one goes on") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(3 * megabyte, 7);
  put(bench.local() / "big", content);
  pusher.push({"big"});
  std::mt19937 random(8);
  std::uint64_t unfinished = 0;
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const auto old = content;
    // Half of it is new, a piece in each 8 KiB.
    for (std::size_t at = 0; at < content.size(); at += 8192)
      content.replace(at, 4096, edits::noise(4096, random()));
    put(bench.local() / "big", content);
    with_cut_connection(bench, random() % (3 * megabyte / 2), [&](libre::sync::Endpoint& endpoint) {
      (void)pusher.attempt(endpoint, {"big"});
    });
    const auto there = get(bench.mirror() / "data/big");
    CHECK((there == old || there == content));
    unfinished += there == old;
    const bool began = is_there(bench.mirror() / ".re-staging");
    const auto report = pusher.push({"big"});
    CHECK(report.bytes_moved <= 7 * megabyte / 4);
    if (!began) CHECK((report.bytes_moved == 0 || there == old));
    CHECK((get(bench.mirror() / "data/big") == content));
    CHECK_FALSE(is_there(bench.mirror() / ".re-staging"));
  }
  CHECK(unfinished > 10);
}

TEST_CASE("a push by the changes that was interrupted near its end has only the rest to send") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(3 * megabyte, 9);
  put(bench.local() / "big", content);
  pusher.push({"big"});
  for (std::size_t at = 0; at < content.size(); at += 8192)
    content.replace(at, 4096, edits::noise(4096, at));
  put(bench.local() / "big", content);
  auto waker = Waker::create();
  REQUIRE(waker);
  StopAfter stopper(**waker, 2 * megabyte);
  libre::sync::LocalEndpoint endpoint(bench.places(), std::make_shared<libre::sync::MirrorLocks>());
  CHECK_FALSE(pusher.attempt(endpoint, {"big"}, {}, &stopper, {.waker = waker->get()}));
  CHECK((get(bench.mirror() / "data/big") != content));
  const auto moved = pusher.push({"big"}).bytes_moved;
  CHECK(moved > 0);
  CHECK(moved < 700'000);
  CHECK((get(bench.mirror() / "data/big") == content));
}

TEST_CASE("a dry run of a push says how much would travel of a large file, and remembers nothing") {
  Bench bench;
  const Pusher pusher(bench);
  auto content = edits::noise(3 * megabyte, 11);
  put(bench.local() / "big", content);
  pusher.push({"big"}, {.dry_run = true});
  CHECK_FALSE(is_there(bench.local() / ".recompute/blocks"));
  pusher.push({"big"});
  content[megabyte] ^= 1;
  put(bench.local() / "big", content);
  const auto known = pusher.push({"big"}, {.dry_run = true});
  CHECK(known.bytes_moved <= 4096);
  CHECK_FALSE(known.at_most);
  pusher.forget();
  const auto unknown = pusher.push({"big"}, {.dry_run = true});
  CHECK(unknown.bytes_moved == content.size());
  CHECK(unknown.at_most);  // its blocks would be asked for
}
