// What a person waits for: `re` against OpenSSH, and against what one does by hand with it, over
// links of 0 to 150 ms. Usage: bench_latency [ROUNDS]
#include <fmt/format.h>

#include <fcntl.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "bench/latency/follow.hpp"
#include "bench/support/bed.hpp"
#include "bench/support/report.hpp"
#include "bench/support/timing.hpp"

namespace libre::bench {
namespace {

constexpr int parallel_commands = 10;
constexpr int clock_lines = 12;

void in_parallel(const std::function<pid_t()>& start) {
  std::vector<pid_t> pids;
  for (int i = 0; i < parallel_commands; ++i) pids.push_back(start());
  for (const pid_t pid : pids)
    if (const auto exit = wait_exit(pid, {}); !exit || !exit->ok())
      throw std::runtime_error("one of the parallel commands failed");
}

// One line of the table: ours, and the peers that do the same work.
struct Comparison {
  std::string name;
  Contender ours;
  std::vector<std::pair<std::string, std::function<void()>>> peers;
};

std::vector<Comparison> comparisons(const Bed& bed, int nowhere) {
  const std::string job = bed.laptop().submit({"echo hello"});
  const auto old_way = [&bed] {  // what recompute.py does for one `async`
    bed.ssh("mkdir -p peer/data");
    bed.scp("file1.py", "peer/");
    bed.ssh("cd peer; nohup true >log 2>&1 &");
  };
  return {
      {"cold list",
       {[&bed] { bed.re({"list"}); }, [&bed] { bed.forget_master(); }},
       {{"ssh true", [&bed] { bed.ssh("true"); }}}},
      {"warm list",
       {[&bed] { bed.re({"list"}); }},
       {{"ssh true, ControlMaster", [&bed] { bed.ssh_shared("true"); }},
        {"ssh true", [&bed] { bed.ssh("true"); }}}},
      {"warm log",
       {[&bed, job] {
         bed.re({"log", job});
       }},
       {{"ssh cat log, ControlMaster", [&bed] { bed.ssh_shared("cat peer/log"); }}}},
      {"warm async, nothing changed",
       {[&bed] {
         bed.re({"async", "true"});
       }},
       {{"rsync, then ssh nohup, ControlMaster",
         [&bed] {
           bed.rsync("peer/", true);
           bed.ssh_shared("cd peer; nohup true >log 2>&1 &");
         }},
        {"mkdir, scp, ssh nohup (recompute.py)", old_way}}},
      {fmt::format("{} warm lists at once", parallel_commands),
       {[&bed, nowhere] { in_parallel([&] { return bed.start_re({"list"}, nowhere); }); }},
       {{"as many ssh true, ControlMaster",
         [&bed, nowhere] { in_parallel([&] { return bed.start_ssh("true", nowhere, true); }); }}}},
  };
}

std::vector<Row> compare_at(Bed& bed, std::chrono::milliseconds rtt, int rounds, int nowhere) {
  bed.set_rtt(rtt);
  std::vector<Row> rows;
  const std::string link = fmt::format("{} ms", rtt.count());
  for (const auto& comparison : comparisons(bed, nowhere)) {
    std::vector<Contender> contenders = {comparison.ours};
    for (const auto& peer : comparison.peers) contenders.push_back({peer.second});
    const auto times = compare(contenders, rounds);
    for (std::size_t i = 1; i < times.size(); ++i)
      rows.push_back({link, comparison.name, ms(times[0].median()), comparison.peers[i - 1].first,
                      ms(times[i].median()), ratio(times[0].median(), times[i].median())});
  }
  const std::string command = clock_command(clock_lines);
  const auto ours = line_delays(
      [&](int out) {
        return bed.start_re({"-q", "sync", "--no-rsync", command}, out);
      },
      clock_lines);
  const auto peer =
      line_delays([&](int out) { return bed.start_ssh(command, out, true); }, clock_lines);
  rows.push_back({link, "a line of a followed job", ms(ours.median()),
                  "the same through ssh, ControlMaster", ms(peer.median()),
                  ratio(ours.median(), peer.median())});
  std::cerr << link << " done\n";
  return rows;
}

void run(int rounds) {
  Bed bed;
  for (int i = 0; i < 20; ++i)
    bed.laptop().home.write(fmt::format("work/file{}.py", i), fmt::format("print({})\n", i));
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::vector<Row> rows;
  for (const int rtt : {0, 20, 50, 150})
    for (auto& row : compare_at(bed, std::chrono::milliseconds(rtt), rounds, nowhere.get()))
      rows.push_back(std::move(row));
  publish(
      "latency", "Latency of commands",
      fmt::format("Medians of {} runs on one machine: a real sshd behind a relay that adds the "
                  "round-trip time. (It answers TCP's handshake at once: on a real link each cold "
                  "contender takes one round trip more.)\n\n{}",
                  rounds,
                  markdown_table({"round trip", "work", "re", "peer", "time", "re / peer"}, rows)));
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    libre::bench::run(argc > 1 ? std::atoi(argv[1]) : 7);
  } catch (const std::exception& problem) {
    std::cerr << "bench_latency: " << problem.what() << "\n";
    return 1;
  }
}
