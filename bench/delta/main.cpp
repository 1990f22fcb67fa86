// A changed large file: our delta against rsync's, from one directory to another one on this machine.
//
//   bench_delta [--size MIB] [--rounds N] [--directory DIR]     1024, 3, the system's for temporary files
//
// Prints a table: the best time of the rounds for each, the ratio, and the bytes that would travel. Both
// read what is in memory, both write without waiting for the disk. Ours is the sum of its three parts
// one after the other: reading the new file (its digest and its blocks), comparing, and putting it
// together on the other side, digest included. rsync runs as it does over a network (--no-whole-file),
// with both of its ends on this machine, at the same time.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/random.hpp"
#include "base/stream.hpp"
#include "sync/delta/block_memory.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/delta/rebuild.hpp"
#include "sync/outgoing.hpp"

using namespace libre;
using namespace libre::sync;
namespace fs = std::filesystem;

namespace {

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "bench_delta: {}\n", result.error().describe());
  std::exit(1);
}
void must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "bench_delta: {}\n", result.error().describe());
  std::exit(1);
}

class Clock {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct Options {
  std::uint64_t size = std::uint64_t{1} << 30;
  int rounds = 3;
  fs::path directory = fs::temp_directory_path();
};

struct Figures {
  double list = 0, compare = 0, build = 0;
  std::uint64_t sent = 0;  // bytes of the content stream
  double total() const { return list + compare + build; }
};

struct Scenario {
  std::string name;
  std::function<void(std::string&, std::mt19937_64&)> change;
};

std::string noise(std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    const auto value = random();
    std::memcpy(bytes.data() + i, &value, 8);
  }
  return bytes;
}

std::vector<Scenario> scenarios() {
  constexpr std::size_t page = 4096;
  const auto pages = [](std::size_t count) {
    return [count](std::string& text, std::mt19937_64& random) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto at = random() % (text.size() / page) * page;
        text.replace(at, page, noise(page, random));
      }
    };
  };
  return {
      {"nothing changed", [](auto&, auto&) {}},
      {"64 pages of 4 KiB", pages(64)},
      {"5000 pages of 4 KiB", pages(5000)},
      {"1 MB inserted at the front",
       [](std::string& text, auto& random) { text.insert(0, noise(1'000'000, random)); }},
      {"1 MB appended", [](std::string& text, auto& random) { text += noise(1'000'000, random); }},
      {"1000 insertions of 10 B",
       [](std::string& text, auto& random) {
         std::string out;
         const std::size_t piece = text.size() / 1000;
         for (std::size_t i = 0; i < 1000; ++i)
           out += text.substr(i * piece, piece) + noise(16, random).substr(0, 10);
         text = std::move(out);
       }},
      {"the halves change places",
       [](std::string& text, auto&) {
         std::rotate(text.begin(), text.begin() + static_cast<long>(text.size() / 2 + 1),
                     text.end());
       }},
      {"everything changed",
       [](std::string& text, auto& random) { text = noise(text.size(), random); }},
  };
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), place_(options.directory / ("re-bench-" + random_id(8))) {
    fs::create_directories(place_ / "there");
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(place_, ignored);
  }

  void run() {
    raw_figures();
    fmt::print("{:<28} {:>7} {:>7} {:>7} {:>7} | {:>7} {:>6} | {:>12} {:>12}\n", "", "read",
               "compare", "build", "ours s", "rsync s", "ratio", "we send B", "rsync sends");
    for (const auto& scenario : scenarios()) measure(scenario);
  }

 private:
  void raw_figures() {
    std::mt19937_64 random(1);
    old_ = noise(static_cast<std::size_t>(options_.size), random);
    must(write_file_atomic(place_ / "old", old_));
    const auto file = must(open_read(place_ / "old"));
    Clock clock;
    std::string buffer(256 * 1024, '\0');
    while (::read(file.get(), buffer.data(), buffer.size()) > 0) {
    }
    const auto read = clock.lap();
    (void)must(digest_of_file(file.get()));
    const auto digest = clock.lap();
    fs::copy_file(place_ / "old", place_ / "copy");
    const auto copy = clock.lap();
    fs::remove(place_ / "copy");
    fmt::print("{} MiB: read {:.3f} s, read and digest {:.3f} s, copy {:.3f} s\n\n",
               options_.size >> 20, read, digest, copy);
  }

  void measure(const Scenario& scenario) {
    std::mt19937_64 random(2);
    auto text = old_;
    scenario.change(text, random);
    must(write_file_atomic(place_ / "new", text));
    text = std::string();
    remember_old();
    Figures ours;
    double rsync = 0;
    for (int round = 0; round < options_.rounds; ++round) {
      const auto figures = delta();
      if (round == 0 || figures.total() < ours.total()) ours = figures;
      const auto seconds = run_rsync();
      rsync = round == 0 ? seconds : std::min(rsync, seconds);
    }
    fmt::print("{:<28} {:>7.3f} {:>7.3f} {:>7.3f} {:>7.3f} | {:>7.3f} {:>6.2f} | {:>12} {:>12}\n",
               scenario.name, ours.list, ours.compare, ours.build, ours.total(), rsync,
               ours.total() / rsync, ours.sent, rsync_sent_);
  }

  void remember_old() {
    const auto file = must(open_read(place_ / "old"));
    const auto list =
        must(list_file(file.get(), options_.size, block_size_for(options_.size), Wait{}));
    must(BlockMemory(place_ / "blocks").remember(list));
    old_digest_ = list.digest;
  }

  Figures delta() {
    auto root = must(Rooted::open(place_));
    auto there = must(Rooted::open(place_ / "there"));
    Clock clock;
    Figures figures;
    const auto file = must(root.open_file("new"));
    const auto found = *must(root.look("new"));
    const auto size = found.stamp.size;
    const auto old = BlockMemory(place_ / "blocks").find(old_digest_, options_.size);
    if (!old) must(Result<void>(Error{Errc::internal, "the old blocks were forgotten"}));
    const auto now = must(list_file(file.get(), size, block_size_for(size, old->block_size), {}));
    figures.list = clock.lap();
    FileContent content(file.get(), size);
    auto made = must(make_delta(*old, now, content));
    figures.compare = clock.lap();
    const Entry wanted{.path = "new", .size = size, .digest = now.digest};
    auto incoming = must(Incoming::open(there, "staged"));
    must(incoming.restart());
    Rebuild rebuild(incoming, must(root.open_file("old")), options_.size, wanted);
    Outgoing outgoing(root, "new",
                      {.size = size,
                       .mtime_ns = found.stamp.mtime_ns,
                       .steps = std::move(made.steps),
                       .digest = now.digest});
    figures.sent = transfer(outgoing, rebuild);
    if (!rebuild.is_right()) must(Result<void>(Error{Errc::internal, "a wrong file came out"}));
    figures.build = clock.lap();
    must(there.remove_file(incoming.path()));
    return figures;
  }

  // Through the bytes of the content stream, as it would be over a network.
  static std::uint64_t transfer(Outgoing& outgoing, Rebuild& rebuild) {
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
  static std::uint64_t figure(std::string_view text, std::string_view label) {
    std::uint64_t value = 0;
    auto at = text.find(label);
    if (at == std::string_view::npos) return 0;
    for (at += label.size(); at < text.size() && text[at] != '\n'; ++at)
      if (text[at] != ',') value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
    return value;
  }

  double run_rsync() {
    const auto target = place_ / "there/new";
    fs::copy_file(place_ / "old", target, fs::copy_options::overwrite_existing);
    Clock clock;
    const auto output =
        must(libre::run({.argv = {"rsync", "--no-whole-file", "--ignore-times", "--stats",
                                  (place_ / "new").string(), target.string()}}));
    const auto seconds = clock.lap();
    rsync_sent_ =
        figure(output.out, "Total bytes sent: ") + figure(output.out, "Total bytes received: ");
    fs::remove(target);
    return seconds;
  }

  Options options_;
  fs::path place_;
  std::string old_;
  Digest old_digest_{};
  std::uint64_t rsync_sent_ = 0;
};

Options parse(int count, char** words) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    if (name == "--size") options.size = std::strtoull(words[i + 1], nullptr, 10) << 20;
    if (name == "--rounds") options.rounds = std::atoi(words[i + 1]);
    if (name == "--directory") options.directory = words[i + 1];
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  const auto options = parse(count, words);
  if (count % 2 == 0 || options.size < smallest_listed || options.rounds < 1) {
    fmt::print(stderr, "usage: bench_delta [--size MIB] [--rounds N] [--directory DIR]\n");
    return 2;
  }
  Bench(options).run();
  return 0;
}
