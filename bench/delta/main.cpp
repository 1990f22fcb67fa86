// A large file that changed: our delta against rsync's, from one directory to another one on this
// machine. Usage: bench_delta [MIB [ROUNDS]]
//
// Ours is the sum of its parts, one after the other: reading the new file (its digest and its blocks, and
// the remembered blocks of the old one), comparing, and putting it together out of the old one and the
// content stream, digest included. rsync runs as it does over a network, with both of its ends on this
// machine, at the same time. Neither waits for the disk; what both read is in memory.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "base/files.hpp"
#include "base/process.hpp"
#include "bench/delta/changes.hpp"
#include "bench/support/report.hpp"
#include "bench/support/timing.hpp"
#include "support/temporary_directory.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/delta/rebuild.hpp"
#include "sync/outgoing.hpp"

namespace libre::bench {
namespace {

using namespace libre::sync;
namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Through the bytes of the content stream, as they would travel. How many they were.
std::uint64_t transfer(Outgoing& outgoing, Rebuild& rebuild) {
  std::uint64_t sent = 0;
  ContentDecoder decoder(ContentDecoder::Copies::allowed);
  for (bool ended = false; !ended;) {
    const auto out = must(outgoing.next());
    std::string bytes;
    if (out.is_end) append_end(bytes, out.end);
    if (out.copy) append_copy(bytes, *out.copy);
    append_chunk(bytes, out.bytes);
    sent += bytes.size();
    decoder.feed(bytes);
    for (ContentPiece piece; !ended && must(decoder.next(piece));) {
      ended = piece.is_end;
      if (!ended) must(rebuild.take(piece, {}));
    }
  }
  return sent;
}

// "Total bytes sent: 1,234" is 1234.
std::uint64_t figure(std::string_view text, std::string_view label) {
  std::uint64_t value = 0;
  auto at = text.find(label);
  if (at == std::string_view::npos) throw std::runtime_error("rsync prints no statistics");
  for (at += label.size(); at < text.size() && text[at] != '\n'; ++at)
    if (text[at] != ',') value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
  return value;
}

class Bed {
 public:
  explicit Bed(std::uint64_t size) : size_(size) {
    fs::create_directory(place_ / "there");
    std::mt19937_64 random(1);
    must(write_file_atomic(place_ / "old", noise(static_cast<std::size_t>(size), random)));
    const auto file = must(open_read(place_ / "old"));
    const auto list = must(list_file(file.get(), size_, block_size_for(size_), Wait{}));
    must(memory_.remember(list));
    old_digest_ = list.digest;
  }

  std::string raw_figures() const {
    const auto file = must(open_read(place_ / "old"));
    const auto digest = timed([&] { (void)must(digest_of_file(file.get(), size_)); });
    const auto copy = timed([&] { fs::copy_file(place_ / "old", place_ / "copy"); });
    fs::remove(place_ / "copy");
    return fmt::format("reading it for its digest alone takes {}, copying it {}", ms(digest),
                       ms(copy));
  }

  Row measure(const Change& change, int rounds) {
    {
      auto text = must(read_file(place_ / "old", ~std::uint64_t{0}));
      std::mt19937_64 random(2);
      change.apply(text, random);
      must(write_file_atomic(place_ / "new", text));
    }
    reads_.clear(), comparisons_.clear(), builds_.clear();
    const auto times = compare({{[&] { delta(); }},
                                {[&] { run_rsync(); },
                                 [&] {
                                   fs::copy_file(place_ / "old", place_ / "there/new",
                                                 fs::copy_options::overwrite_existing);
                                 }}},
                               rounds);
    return {change.name,
            ms(Timing(reads_).median()),
            ms(Timing(comparisons_).median()),
            ms(Timing(builds_).median()),
            ms(times[0].median()),
            ms(times[1].median()),
            ratio(times[0].median(), times[1].median()),
            fmt::format("{}", sent_),
            fmt::format("{}", rsync_sent_)};
  }

 private:
  void delta() {
    auto root = must(Rooted::open(place_.path()));
    auto there = must(Rooted::open(place_ / "there"));
    const auto file = must(root.open_file("new"));
    const auto found = *must(root.look("new"));
    std::optional<BlockList> old, now;
    reads_.push_back(timed([&] {
      old = memory_.find(old_digest_, size_);
      if (!old) throw std::runtime_error("the blocks of the old file were forgotten");
      const auto block_size = block_size_for(found.stamp.size, old->block_size);
      now = must(list_file(file.get(), found.stamp.size, block_size, {}));
    }));
    Delta made;
    FileContent content(file.get(), found.stamp.size);
    comparisons_.push_back(timed([&] { made = must(make_delta(*old, *now, content)); }));
    builds_.push_back(timed([&] {
      const Entry wanted{.path = "new", .size = now->size, .digest = now->digest};
      auto incoming = must(Incoming::open(there, "staged"));
      Rebuild rebuild(incoming, must(root.open_file("old")).fd, size_, wanted);
      Outgoing outgoing(root, "new",
                        {.size = now->size,
                         .mtime_ns = found.stamp.mtime_ns,
                         .steps = std::move(made.steps),
                         .digest = now->digest});
      sent_ = transfer(outgoing, rebuild);
      if (!rebuild.is_right({})) throw std::runtime_error("a wrong file came out");
      must(there.rename(incoming.path(), "new"));
    }));
  }

  void run_rsync() {
    const auto output =
        must(libre::run({.argv = {"rsync", "--no-whole-file", "--ignore-times", "--stats",
                                  place_ / "new", place_ / "there/new"}}));
    if (!output.exit.ok()) throw std::runtime_error("rsync failed: " + output.err);
    rsync_sent_ =
        figure(output.out, "Total bytes sent: ") + figure(output.out, "Total bytes received: ");
  }

  test::TemporaryDirectory place_;
  BlockMemory memory_{place_ / "blocks"};
  std::uint64_t size_, sent_ = 0, rsync_sent_ = 0;
  Digest old_digest_{};
  std::vector<double> reads_, comparisons_, builds_;
};

void run(std::uint64_t mebibytes, int rounds) {
  Bed bed(mebibytes << 20);
  const auto raw = bed.raw_figures();
  std::vector<Row> rows;
  for (const auto& change : changes()) {
    rows.push_back(bed.measure(change, rounds));
    std::cerr << change.name << " done\n";
  }
  publish("delta", "A large file that changed",
          fmt::format(
              "A file of {} MiB, from one directory to another one, medians of {} runs. re reads, "
              "compares and builds one after the other; rsync's two ends (--no-whole-file) work at "
              "the same time. Here {}.\n\n{}",
              mebibytes, rounds, raw,
              markdown_table({"change", "read", "compare", "build", "re", "rsync", "re / rsync",
                              "bytes of re", "bytes of rsync"},
                             rows)));
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  try {
    const auto mebibytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1024;
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    if (mebibytes == 0 || mebibytes > (1u << 20) || rounds < 1)
      throw std::runtime_error("usage: bench_delta [MIB [ROUNDS]]");
    libre::bench::run(mebibytes, rounds);
  } catch (const std::exception& problem) {
    std::cerr << "bench_delta: " << problem.what() << "\n";
    return 1;
  }
}
