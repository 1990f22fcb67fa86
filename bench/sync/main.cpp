// What bringing code costs: `re rsync` against rsync and, for a first sync, tar, over ssh.
// Usage: bench_sync [small|large [ROUNDS]]    up to 10,000 files and 256 MiB; 100,000 and 1 GiB
//        bench_sync files COUNT|file MIB [ROUNDS [RTT [MBIT]]]    one kind of work, one link
// Each kind of work on each link has a part of its own in results.md. With `try` as the first word, nothing is
// published.
//
// All takes place under TMPDIR. Where that is ext4, let nothing be removed there in the five minutes before: it passes
// by every inode that was freed so lately when it gives out a new one (recently_deleted() in fs/ext4/ialloc.c), which
// made the first sync of 10,000 files four times as long, for everybody. A file system of its own is best.
#include <fmt/format.h>

#include <libre/text.hpp>

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "bench/support/bed.hpp"
#include "bench/support/report.hpp"
#include "bench/support/timing.hpp"
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

// One change, brought by us and by one of the others.
struct Measured {
  std::string link, material, what, peer_name;
  Cost ours, peer;
  std::uint64_t agent_memory = 0;
};

class Session {
 public:
  // In every second round the others come first: who comes later finds warmer files and a busier disk.
  Session(Link link, int round) : link_(link), we_are_first_(round % 2 == 0) {
    bed_.set_rtt(std::chrono::milliseconds(link.rtt_ms));
    bed_.set_bandwidth(static_cast<std::uint64_t>(link.megabits) * 1'000'000 / 8);
    bed_.forget_master();  // it has seen another link
    (void)bed_.re({"-q", "list"});
  }

  fs::path project() const { return bed_.laptop().project(); }

  // Brings what is there now, by all contenders. tar has no second time.
  void measure(const std::string& material, const std::string& what, bool first = false) {
    const auto by_us = [&] { return bed_.re({"-q", "rsync"}); };
    const auto by_rsync = [&] { return bed_.rsync("peer/", false); };
    Cost ours, peer;
    if (we_are_first_) ours = on_a_quiet_disk(by_us);
    peer = on_a_quiet_disk(by_rsync);
    if (!we_are_first_) ours = on_a_quiet_disk(by_us);
    add(material, what, ours, "rsync", peer);
    if (first)
      add(material, what, ours, "tar over ssh", on_a_quiet_disk([&] { return bed_.tar("tar"); }));
    add(material, what, ours, "rsync -z",
        on_a_quiet_disk([&] { return bed_.rsync("peer-z/", false, {"-z"}); }));
    if (!first) {
      // Nothing is left for it to bring: only the walk and the talk are measured, in its favour.
      add(material, what, ours, "rsync with nothing to bring, ControlMaster",
          bed_.rsync("peer/", true));
    }
    std::cerr << link_.text() << ", " << material << ", " << what << ": " << ms(ours.milliseconds)
              << ", rsync " << ms(peer.milliseconds) << "\n";
  }

  std::vector<Measured> take() { return std::move(measured_); }

 private:
  // What others have written is on the disk before the clock starts: nobody pays for somebody else.
  template <class Contender>
  static Cost on_a_quiet_disk(const Contender& contender) {
    ::sync();
    return contender();
  }

  void add(const std::string& material, const std::string& what, const Cost& ours,
           const std::string& peer_name, const Cost& peer) {
    measured_.push_back(
        {link_.text(), material, what, peer_name, ours, peer, bed_.agent_peak_memory()});
  }

  Link link_;
  bool we_are_first_;
  Bed bed_;
  std::vector<Measured> measured_;
};

std::unique_ptr<Session> many_files(Link link, int count, int round) {
  auto made = std::make_unique<Session>(link, round);
  auto& session = *made;
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
  return made;
}

std::unique_ptr<Session> large_file(Link link, std::uint64_t size, int round) {
  auto made = std::make_unique<Session>(link, round);
  auto& session = *made;
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
  return made;
}

// The same work in each round; of the times the medians count, of the rest the largest.
std::vector<Row> medians(const std::vector<std::vector<Measured>>& rounds) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < rounds.front().size(); ++i) {
    std::vector<double> ours, peer, ratios;
    Measured all = rounds.front()[i];
    for (const auto& round : rounds) {
      const Measured& one = round[i];
      ours.push_back(one.ours.milliseconds);
      peer.push_back(one.peer.milliseconds);
      ratios.push_back(one.ours.milliseconds / one.peer.milliseconds);
      for (auto [largest, value] : {std::pair(&all.ours.wire_bytes, one.ours.wire_bytes),
                                    std::pair(&all.ours.peak_memory, one.ours.peak_memory),
                                    std::pair(&all.peer.wire_bytes, one.peer.wire_bytes),
                                    std::pair(&all.peer.peak_memory, one.peer.peak_memory),
                                    std::pair(&all.agent_memory, one.agent_memory)})
        *largest = std::max(*largest, value);
    }
    rows.push_back({all.link, all.material, all.what, ms(Timing(ours).median()),
                    human_bytes(all.ours.wire_bytes), human_bytes(all.ours.peak_memory),
                    human_bytes(all.agent_memory), all.peer_name, ms(Timing(peer).median()),
                    human_bytes(all.peer.wire_bytes), human_bytes(all.peer.peak_memory),
                    ratio(Timing(ratios).median(), 1)});
  }
  return rows;
}

// With `keep`, what the rounds have made is removed after the last of them: see above.
template <class Work>
std::vector<Row> repeated(int rounds, bool keep, Work work) {
  std::vector<std::vector<Measured>> all;
  std::vector<std::unique_ptr<Session>> kept;
  for (int round = 0; round < rounds; ++round) {
    auto session = work(round);
    all.push_back(session->take());
    if (keep) kept.push_back(std::move(session));
  }
  return medians(all);
}

std::string file_system() {
  struct statfs status {};
  if (::statfs(fs::temp_directory_path().c_str(), &status) != 0) return "an unknown file system";
  switch (status.f_type) {
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case TMPFS_MAGIC:
      return "a tmpfs";
    default:
      return fmt::format("a file system of type {:#x}", status.f_type);
  }
}

std::string table(const std::vector<Row>& rows) {
  return markdown_table({"link", "project", "change", "re", "wire", "memory", "agent", "peer",
                         "time", "wire", "memory", "re / peer"},
                        rows);
}

// One kind of work on one link.
struct Work {
  bool is_file = false;
  int size = 0;  // files, or MiB
  Link link;

  std::string name() const {
    return fmt::format("sync-{}-{}-{}-{}", is_file ? "file" : "files", size, link.rtt_ms,
                       link.megabits);
  }
  std::string title() const {
    return "Bringing code: " +
           (is_file ? fmt::format("a file of {} MiB", size) : fmt::format("{} files", size)) +
           ", " + link.text();
  }
};

void run(const Work& work, int rounds, bool is_try) {
  const auto rows = repeated(rounds, !work.is_file, [&](int round) {
    return work.is_file ? large_file(work.link, static_cast<std::uint64_t>(work.size) << 20, round)
                        : many_files(work.link, work.size, round);
  });
  const auto text = fmt::format(
      "Medians of {} rounds (of the ratios, too), on one machine, which is both sides, and {}: a "
      "real sshd behind a relay that adds the round-trip time and limits the bandwidth. Memory: "
      "the largest process of ours here, our agent there (the highest so far), the largest local "
      "process of the peer. Before each measurement the disk has written what came before.\n\n{}",
      rounds, file_system(), table(rows));
  if (is_try)
    std::cout << text;
  else
    publish(work.name(), work.title(), text);
}

std::vector<Work> all_work(bool large) {
  std::vector<Work> all;
  for (const int rtt : {0, 50}) {
    for (const int count : {1000, 10'000, 100'000})
      if (large || count < 100'000) all.push_back({false, count, {rtt, 0}});
    all.push_back({true, large ? 1024 : 256, {rtt, 0}});
  }
  all.push_back({false, 1000, {20, 10}});
  all.push_back({false, 10'000, {20, 100}});
  all.push_back({true, 64, {20, 100}});
  return all;
}

int number(const std::vector<std::string>& words, std::size_t index, int fallback) {
  return words.size() > index ? std::atoi(words[index].c_str()) : fallback;
}

void run(std::vector<std::string> words) {
  const bool is_try = !words.empty() && words[0] == "try";
  if (is_try) words.erase(words.begin());
  const std::string what = words.empty() ? "small" : words[0];
  const bool is_all = what == "small" || what == "large";
  const int rounds = number(words, is_all ? 1 : 2, 1);
  if (rounds < 1) throw std::runtime_error("how many rounds?");
  std::vector<Work> works = {
      {what == "file", number(words, 1, 0), {number(words, 3, 0), number(words, 4, 0)}}};
  if (is_all)
    works = all_work(what == "large");
  else if (works[0].size < 1 || (what != "files" && what != "file"))
    throw std::runtime_error(
        "usage: bench_sync [try] [small|large [ROUNDS]], "
        "bench_sync [try] files COUNT|file MIB [ROUNDS [RTT [MBIT]]]");
  for (const auto& work : works) run(work, rounds, is_try);
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    libre::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << "bench_sync: " << problem.what() << "\n";
    return 1;
  }
}
