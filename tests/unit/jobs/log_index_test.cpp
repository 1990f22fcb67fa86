// Where the bytes begin that came since a time.
#include "jobs/log_index.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "base/files.hpp"
#include "jobs/log_start.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::jobs;

namespace {

// An index that lies in a folder of its own.
class WrittenIndex {
 public:
  explicit WrittenIndex(const std::string& text) {
    REQUIRE(write_file_atomic(folder() / "log.index", text, 0600));
  }
  std::filesystem::path folder() const { return directory_.path(); }

 private:
  const test::TemporaryDirectory directory_;
};

// One by one, in order.
std::uint64_t found_by_reading_all(const std::filesystem::path& folder, double time,
                                   std::uint64_t size) {
  LogIndex index(folder, LogIndex::Use::times);
  for (std::uint64_t offset = 0;;) {
    const auto piece = index.piece_at(offset);
    if (piece.time + 0.05 > time) return std::min(offset, size);
    if (piece.end >= size) return size;
    offset = piece.end;
  }
}

}  // namespace

TEST_CASE("what came since a time begins at the first record that is not older than 50 ms before") {
  const WrittenIndex index("0 100.000 1\n10 200.000 2\n20 300.000 1\n");
  const auto since = [&](double time) { return offset_since(index.folder(), time, 30); };
  CHECK(since(1) == 0);
  CHECK(since(100) == 0);
  CHECK(since(100.04) == 0);
  CHECK(since(100.06) == 10);
  CHECK(since(200) == 10);
  CHECK(since(250) == 20);
  CHECK(since(300.04) == 20);
  CHECK(since(300.06) == 30);
  CHECK(since(1e12) == 30);
  CHECK(offset_since(index.folder(), 250, 15) == 15);  // not more than there is of the log
}

TEST_CASE("an index that is empty, missing or half a record long makes nothing begin") {
  for (const std::string text : {"", "0 1", "0 100.000 1", "\n", "\n\n\n", "torn\n"}) {
    CAPTURE(text);
    const WrittenIndex index(text);
    CHECK(offset_since(index.folder(), 1, 30) == 30);
  }
  const WrittenIndex index("");
  CHECK(offset_since(index.folder() / "nowhere", 1, 30) == 30);
}

TEST_CASE("the search in an index finds what reading all of it finds, torn records or not") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string text;
    std::uint64_t offset = 0;
    double time = 1'763'000'000;
    const auto records = random() % (seed < 20 ? 6 : 400);
    for (unsigned i = 0; i < records; ++i) {
      text += fmt::format("{} {:.3f} {}\n", offset, time, random() % 3);
      if (seed % 3 == 0 && random() % 4 == 0)
        text += std::string(random() % 3 == 0 ? 3000 : random() % 40, 'x') + "\n";
      if (random() % 5) offset += random() % 100'000;  // or nothing fitted on the disk
      time += 0.05 * static_cast<double>(random() % 100);
    }
    if (seed % 4 == 1) text += fmt::format("{} {:.3f}", offset, time);
    const WrittenIndex index(text);
    for (int i = 0; i < 200; ++i) {
      const double at = 1'763'000'000 - 1 + static_cast<double>(random() % 2'000'000) / 1000;
      CAPTURE(at);
      const std::uint64_t size = offset + random() % 2;
      if (records > 0)
        REQUIRE(offset_since(index.folder(), at, size) ==
                found_by_reading_all(index.folder(), at, size));
    }
  }
}

TEST_CASE("an index whose clock was set back still leads to one of its records") {
  const WrittenIndex index("0 100.000 1\n10 200.000 1\n20 50.000 1\n30 150.000 1\n");
  for (const double time : {1.0, 60.0, 120.0, 180.0, 300.0}) {
    const auto offset = offset_since(index.folder(), time, 40);
    CHECK(offset % 10 == 0);
    CHECK(offset <= 40);
  }
}
