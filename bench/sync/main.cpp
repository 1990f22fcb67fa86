// What bringing code costs: `re rsync` against rsync and, for a first sync, tar, over ssh.
// Usage: bench_sync [small|large]   small: up to 10,000 files and 256 MiB; large: 100,000 and 1 GiB
#include <fmt/format.h>

#include <libre/text.hpp>

#include <csignal>
#include <iostream>

#include "bench/support/bed.hpp"
#include "bench/support/report.hpp"
#include "bench/sync/material.hpp"

namespace libre::bench {
namespace {

namespace fs = std::filesystem;

struct Link {
  int rtt_ms = 0;
  int megabits = 0;  // a second; 0 = no limit
  std::string text() const {
    return megabits ? fmt::format("{} ms, {} Mbit/s", rtt_ms, megabits)
                    : fmt::format("{} ms", rtt_ms);
  }
};

class Session {
 public:
  explicit Session(Link link) : link_(link) {
    bed_.set_rtt(std::chrono::milliseconds(link.rtt_ms));
    bed_.set_bandwidth(static_cast<std::uint64_t>(link.megabits) * 1'000'000 / 8);
  }

  fs::path project() const { return bed_.laptop().project(); }

  // Brings what is there now, by all contenders. tar has no second time.
  void measure(const std::string& material, const std::string& what, bool first = false) {
    const Cost ours = bed_.re({"-q", "rsync"});
    const Cost peer = bed_.rsync("peer/", false);
    add(material, what, ours, "rsync", peer);
    if (first) add(material, what, ours, "tar over ssh", bed_.tar("tar"));
    if (!first) {
      // Nothing is left for it to bring: only the walk and the talk are measured, in its favour.
      add(material, what, ours, "rsync with nothing to bring, ControlMaster",
          bed_.rsync("peer/", true));
    }
    std::cerr << link_.text() << ", " << material << ", " << what << " done\n";
  }

  std::vector<Row> take_rows() { return std::move(rows_); }

 private:
  void add(const std::string& material, const std::string& what, const Cost& ours,
           const std::string& peer_name, const Cost& peer) {
    rows_.push_back({link_.text(), material, what, ms(ours.milliseconds),
                     human_bytes(ours.wire_bytes), human_bytes(ours.peak_memory),
                     human_bytes(bed_.agent_peak_memory()), peer_name, ms(peer.milliseconds),
                     human_bytes(peer.wire_bytes), human_bytes(peer.peak_memory),
                     ratio(ours.milliseconds, peer.milliseconds)});
  }

  Link link_;
  Bed bed_;
  std::vector<Row> rows_;
};

std::vector<Row> many_files(Link link, int count) {
  Session session(link);
  const std::string material = fmt::format("{} files", count);
  make_files(session.project(), count);
  session.measure(material, "first", true);
  session.measure(material, "nothing changed");
  change_files(session.project(), count, count, 1);
  session.measure(material, "one file changed");
  change_files(session.project(), count, 100, 2);
  session.measure(material, "1 % changed");
  rename_directory(session.project());
  session.measure(material, "a directory renamed");
  return session.take_rows();
}

std::vector<Row> large_file(Link link, std::uint64_t size) {
  Session session(link);
  const std::string material = "one file of " + human_bytes(size);
  const auto file = session.project() / "checkpoint.bin";
  make_large(file, size);
  session.measure(material, "first", true);
  change_pages(file, 64, 1);
  session.measure(material, "64 pages of 4 KiB changed");
  insert_front(file, 1'000'000, 2);
  session.measure(material, "1 MB inserted at the front");
  append(file, 1'000'000, 3);
  session.measure(material, "1 MB appended");
  return session.take_rows();
}

void run(bool large) {
  std::vector<Row> rows;
  const auto take = [&rows](std::vector<Row> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  };
  for (const int rtt : {0, 50}) {
    take(many_files({rtt, 0}, 1000));
    take(many_files({rtt, 0}, 10'000));
    if (large) take(many_files({rtt, 0}, 100'000));
    take(large_file({rtt, 0}, large ? 1ull << 30 : 256ull << 20));
  }
  take(many_files({20, 10}, 1000));
  take(many_files({20, 100}, 10'000));
  take(large_file({20, 100}, 64ull << 20));
  publish(
      large ? "sync" : "sync-small", large ? "Bringing code" : "Bringing code (short run)",
      "One run of each, on one machine, which is both sides: a real sshd behind a relay that adds "
      "the round-trip time and limits the bandwidth. Memory: the largest process of ours here, our "
      "agent there (the highest so far), the largest local process of the peer.\n\n" +
          markdown_table({"link", "project", "change", "re", "wire", "memory", "agent", "peer",
                          "time", "wire", "memory", "re / peer"},
                         rows));
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    libre::bench::run(argc > 1 && std::string_view(argv[1]) == "large");
  } catch (const std::exception& problem) {
    std::cerr << "bench_sync: " << problem.what() << "\n";
    return 1;
  }
}
