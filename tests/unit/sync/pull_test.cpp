// A pull by the changes, going on after interruptions, and what it says before it does anything.
#include <doctest/doctest.h>

#include <random>

#include "cut_stream.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

namespace {

std::string told_of(const std::vector<SyncNote>& notes, const std::string& path) {
  for (const auto& note : notes)
    if (note.path == path) return std::string(name_of(note.kind)) + ": " + note.detail;
  return {};
}

}  // namespace

TEST_CASE("a pull of a large file that is there in an older version brings what has changed") {
  Bench bench;
  auto content = noise(3'000'000, 1);
  put(bench.mirror() / "runs/model.bin", content);
  CHECK(pull(bench, {"runs"}, bench.local() / "").bytes_moved == content.size());
  content.replace(1'000'000, 10, "0123456789");
  content.insert(2'000'000, "inserted");
  content += "appended";
  put(bench.mirror() / "runs/model.bin", content);
  const auto before = bench.turns();
  const auto report = pull(bench, {"runs"}, bench.local() / "");
  CHECK(report.files_moved == 1);
  CHECK(report.bytes_moved < 20'000);
  CHECK(bench.turns() - before == 2);  // what is there, and the contents
  CHECK(get(bench.local() / "runs/model.bin") == content);
  CHECK_FALSE(is_there(bench.local() / ".re-staging"));
}

TEST_CASE("a second pull of what has not changed is one exchange, however much there is") {
  Bench bench;
  for (int i = 0; i < 50; ++i)
    put(bench.mirror() / "set" / std::to_string(i), noise(20'000, static_cast<unsigned>(i)));
  CHECK(pull(bench, {"set"}, bench.local() / "").files_moved == 50);
  const auto before = bench.turns();
  const auto again = pull(bench, {"set"}, bench.local() / "");
  CHECK(bench.turns() - before == 1);
  CHECK(again.files == 50);
  CHECK(again.files_moved == 0);
  CHECK(again.bytes_moved == 0);
}

TEST_CASE("a pull by the changes that is cut goes on where it was, and still brings only changes") {
  Bench bench;
  auto content = noise(2'000'000, 2);
  put(bench.mirror() / "big", content);
  pull(bench, {"big"}, bench.local() / "got");
  const auto old = content;
  for (std::size_t at = 0; at < content.size(); at += 4096) content[at] ^= 1;
  put(bench.mirror() / "big", content);
  // Cut in the middle of what comes: 489 blocks of 2 KiB.
  with_cut_connection(bench, 700'000, [&](libre::sync::Endpoint& endpoint) {
    CHECK_FALSE(
        libre::sync::pull_files(endpoint, bench.spec, {"big"}, bench.local() / "got", nullptr, {}));
  });
  CHECK(get(bench.local() / "got") == old);
  const auto report = pull(bench, {"big"}, bench.local() / "got");
  CHECK(report.bytes_moved < 800'000);
  CHECK(report.bytes_moved > 200'000);
  CHECK(get(bench.local() / "got") == content);
}

TEST_CASE("a file here that changes while it is copied from comes whole, in the same pull") {
  Bench bench;
  auto content = noise(1'000'000, 3);
  put(bench.mirror() / "a", content);
  put(bench.mirror() / "b", content);
  pull(bench, {"a", "b"}, bench.local() / "got/");
  content[500'000] ^= 1;
  put(bench.mirror() / "a", content);
  put(bench.mirror() / "b", content);
  // Both lists are sent before anything comes; b here changes when a arrives.
  class Meddler final : public Observer {
   public:
    explicit Meddler(fs::path file) : file_(std::move(file)) {}
    void progress(const Progress& progress) override {
      if (progress.files_done != 1 || std::exchange(done_, true)) return;
      auto bytes = get(file_);
      bytes.replace(0, 4, "else");
      put(file_, bytes);
    }
    fs::path file_;
    bool done_ = false;
  } meddler(bench.local() / "got/b");
  const auto report = libre::sync::pull_files(bench.endpoint(), bench.spec, {"a", "b"},
                                              bench.local() / "got/", &meddler, {});
  REQUIRE(report);
  CHECK(report->files_moved == 2);
  CHECK(report->notes.empty());
  CHECK(get(bench.local() / "got/a") == content);
  CHECK(get(bench.local() / "got/b") == content);
}

TEST_CASE("a file that is another one altogether, or much smaller, comes as it is") {
  Bench bench;
  for (const std::size_t size : {0u, 1u, 70'000u, 300'000u}) {
    CAPTURE(size);
    put(bench.local() / "got", noise(200'000, 4));
    const auto content = noise(size, 5);
    put(bench.mirror() / "file", content);
    CHECK(pull(bench, {"file"}, bench.local() / "got").bytes_moved == size);
    CHECK(get(bench.local() / "got") == content);
  }
}

TEST_CASE("a dry run of a pull says what and why, and changes nothing") {
  Bench bench;
  put(bench.mirror() / "d/new", "n");
  put(bench.mirror() / "d/changed", noise(200'000, 6));
  put(bench.mirror() / "d/same", "s");
  put(bench.mirror() / "d/tool", "t");
  fs::create_symlink("tool", bench.mirror() / "d/link");
  CHECK(pull(bench, {"d"}, bench.local() / "", {.dry_run = true}).files_moved == 5);
  CHECK_FALSE(is_there(bench.local() / "d"));
  pull(bench, {"d"}, bench.local() / "");
  fs::remove(bench.local() / "d/new");
  put(bench.local() / "d/changed", noise(200'000, 7));
  fs::permissions(bench.mirror() / "d/tool", fs::perms::owner_exec, fs::perm_options::add);
  fs::remove(bench.local() / "d/link");
  const auto before = picture(bench.scratch.path());
  const auto report = pull(bench, {"d"}, bench.local() / "", {.dry_run = true});
  CHECK(report.dry_run);
  CHECK(report.files == 5);
  CHECK(report.files_moved == 3);
  CHECK(report.bytes_moved == 200'001);
  CHECK(report.at_most);  // of the changed one only the changes
  CHECK(told_of(report.notes, "d/new") == "sent: new");
  CHECK(told_of(report.notes, "d/changed") == "sent: another size or time");
  CHECK(told_of(report.notes, "d/tool") == "mode: executable");
  CHECK(told_of(report.notes, "d/link") == "sent: new link");
  CHECK(told_of(report.notes, "d/same").empty());
  CHECK(picture(bench.scratch.path()) == before);
}

TEST_CASE("a dry run of a push says what and why, and changes nothing") {
  Bench bench;
  put(bench.local() / "a", "a");
  const auto push = [&](const TransferOptions& options) {
    auto report = libre::sync::push_files(bench.endpoint(), bench.spec, bench.local(), {"a"},
                                          "data/", nullptr, {}, options);
    if (!report) FAIL(report.error().describe());
    return *report;
  };
  auto report = push({.dry_run = true});
  CHECK(report.dry_run);
  CHECK(report.bytes_moved == 1);
  CHECK(told_of(report.notes, "data/a") == "sent: new");
  CHECK_FALSE(is_there(bench.mirror()));
  push({});
  put(bench.local() / "a", "another");
  report = push({.dry_run = true});
  CHECK(told_of(report.notes, "data/a") == "sent: another content");
  CHECK(get(bench.mirror() / "data/a") == "a");
}
