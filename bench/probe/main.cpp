// What one machine that says nothing costs those who ask many: the time of `re probe` as a multiple of that of the
// slowest machine that is well. 63 addresses of real servers on this machine, and one port that accepts and says
// nothing. Usage: bench_probe [ROUNDS]
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "base/text.hpp"
#include "bench/support/report.hpp"
#include "bench/support/timing.hpp"
#include "support/fleet.hpp"

namespace libre::bench {
namespace {

using testing::Fleet;
using testing::Machine;

constexpr int healthy = 63, addresses_of_one = 15;

struct Times {
  double all = 0, slowest = 0;  // milliseconds
};

// The longest time that one of those took who answered. Each machine's report begins with its address.
double slowest_of(const std::string& json) {
  double slowest = 0;
  int answered = 0;
  for (auto at = json.find("\"address\":"); at != std::string::npos;) {
    const auto next = json.find("\"address\":", at + 1);
    const auto report = json.substr(at, next - at);
    at = next;
    if (report.find("\"status\":\"active\"") == std::string::npos) continue;
    const auto seconds = report.find("\"seconds\":");
    slowest = std::max(slowest, std::atof(report.c_str() + seconds + 10) * 1000);
    ++answered;
  }
  if (answered != healthy) throw std::runtime_error(fmt::format("{} have answered", answered));
  return slowest;
}

Times probe(const Fleet& fleet) {
  Output output;
  Times result;
  result.all = timed([&] { output = fleet.re({"probe", "--force", "--json", "--timeout", "60"}); });
  result.slowest = slowest_of(output.out);
  return result;
}

Row row_of(const std::string& name, const std::vector<Times>& results) {
  std::vector<double> all, slowest;
  for (const auto& result : results) {
    all.push_back(result.all);
    slowest.push_back(result.slowest);
  }
  const double whole = Timing(all).median(), one = Timing(slowest).median();
  return {name, ms(whole), ms(one), ratio(whole, one)};
}

void run(int rounds) {
  std::vector<std::unique_ptr<Machine>> machines;
  for (int first = 1; first <= healthy; first += addresses_of_one)
    machines.push_back(std::make_unique<Machine>(0, std::vector<std::string>{}, first,
                                                 std::min(addresses_of_one, healthy + 1 - first)));
  int port = 0;
  const Fd silent = testing::silent_port(port);
  std::vector<Row> rows;
  for (const bool warm : {false, true}) {
    Fleet fleet;
    const std::string lines = warm ? "" : "persist = 0\n";
    for (int i = 1; i <= healthy; ++i)
      fleet.add(fmt::format("node{}", i),
                *machines[static_cast<std::size_t>((i - 1) / addresses_of_one)], i, lines);
    // The first contact brings the agent; 15 at once would all bring it to the same home.
    std::vector<std::string> first{"probe", "--timeout", "60"};
    for (int i = 1; i <= healthy; i += addresses_of_one) first.push_back(fmt::format("node{}", i));
    if (!fleet.re(first).exit.ok()) throw std::runtime_error("the first contact failed");
    for (const bool ill : {false, true}) {
      if (ill) fleet.add("hanging", "127.0.0.1", port, lines);
      if (warm) (void)probe(fleet);  // opens the connections
      std::vector<Times> results;
      for (int i = 0; i < rounds; ++i) results.push_back(probe(fleet));
      rows.push_back(
          row_of(fmt::format("{} machines{}, {}", healthy, ill ? " and a silent one" : "",
                             warm ? "connections open" : "each logged in to"),
                 results));
      std::cerr << rows.back()[0] << " done\n";
    }
    (void)fleet.re({"master", "stop"});
  }
  publish("probe", "Asking many machines of which one says nothing",
          fmt::format(
              "Medians of {} runs of `re probe --force` against real servers at loopback "
              "addresses, which with everything else share one machine. A machine that "
              "says nothing is given up after 1.15 times the time of the slowest that is "
              "well, but not before 0.7 s have gone by.\n\n{}",
              rounds,
              markdown_table({"asked", "whole command", "slowest that is well", "ratio"}, rows)));
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  try {
    libre::bench::run(argc > 1 ? std::atoi(argv[1]) : 5);
  } catch (const std::exception& problem) {
    std::cerr << "bench_probe: " << problem.what() << "\n";
    return 1;
  }
}
