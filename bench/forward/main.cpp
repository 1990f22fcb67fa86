// What goes through a forwarded port: `re forward` against `ssh -L`, on one machine without a delay, where
// nothing but the programs themselves is the limit. Usage: bench_forward [ROUNDS [MEGABYTES [WORK]]]
// With a WORK only those whose name has it in are done, and nothing is published.
#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>

#include "bench/forward/traffic.hpp"
#include "bench/support/report.hpp"
#include "bench/support/timing.hpp"
#include "support/evidence.hpp"

namespace libre::bench {
namespace {

using testing::eventually;
using testing::Laptop;

constexpr int many = 500;

// A forward that some program holds from `port` to the server; ended with this object.
struct Tunnel {
  std::string name;
  int port = 0;
  pid_t pid = -1;
};

std::vector<Tunnel> start(const Laptop& laptop, int target) {
  std::vector<Tunnel> tunnels;
  const auto add = [&](const std::string& name, std::vector<std::string> words) {
    const int port = testing::free_port();
    words.push_back(fmt::format("{}:localhost:{}", port, target));
    if (words[0] == "ssh") words.push_back("testbox");
    const Tunnel tunnel{name, port, laptop.home.start(words, laptop.project())};
    if (!eventually([&] { return serves(port); }))
      throw std::runtime_error(name + " did not start");
    tunnels.push_back(tunnel);
  };
  // OpenSSH looks for its files in the home of the password file, not in $HOME.
  const auto file = [&](const char* name) { return (laptop.home / name).string(); };
  const std::vector<std::string> ssh = {"ssh",
                                        "-F",
                                        file(".ssh/config"),
                                        "-i",
                                        file(".ssh/id_ed25519"),
                                        "-o",
                                        "UserKnownHostsFile=" + file(".ssh/known_hosts"),
                                        "-o",
                                        "BatchMode=yes",
                                        "-N"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), ssh.begin(), ssh.end());
    return more;
  };
  add("re forward", {testing::built_re().string(), "-q", "forward"});
  add("ssh -L", with({"-L"}));
  add("ssh -L, aes128-gcm", with({"-c", "aes128-gcm@openssh.com", "-L"}));
  return tunnels;
}

struct Work {
  std::string name;
  std::function<void(int port)> run;
  double megabytes = 0;  // of payload; 0 = not worth telling
};

std::string speed(const Work& work, double milliseconds) {
  return work.megabytes > 0 ? fmt::format("{:.0f} MB/s", work.megabytes * 1000 / milliseconds) : "";
}

void run(int rounds, int megabytes, const std::string& only) {
  Laptop laptop;
  laptop.init();
  const TrafficServer server;
  const auto tunnels = start(laptop, server.port());
  const auto bytes = static_cast<std::uint64_t>(megabytes) * 1'000'000;
  const std::vector<Work> works = {
      {fmt::format("{} MB from there", megabytes), [&](int port) { download(port, bytes); },
       static_cast<double>(megabytes)},
      {fmt::format("{} MB to there", megabytes), [&](int port) { upload(port, bytes); },
       static_cast<double>(megabytes)},
      {fmt::format("{} connections at once, 1 MB from there each", many),
       [](int port) { download_in_parallel(port, many, 1'000'000); }, many},
      {"100 connections one after the other, a byte there and back", [](int port) {
         for (int i = 0; i < 100; ++i) connect_and_echo(port);
       }}};
  std::vector<Row> rows;
  for (const auto& work : works) {
    if (work.name.find(only) == std::string::npos) continue;
    std::vector<Contender> contenders;
    for (const auto& tunnel : tunnels)
      contenders.push_back({[&work, port = tunnel.port] { work.run(port); }});
    const auto times = compare(contenders, rounds);
    const double ours = times[0].median();
    for (std::size_t i = 1; i < times.size(); ++i) {
      const double peer = times[i].median();
      rows.push_back({work.name, ms(ours), speed(work, ours), tunnels[i].name, ms(peer),
                      speed(work, peer), ratio(peer, ours)});
    }
    std::cerr << work.name << " done\n";
  }
  for (const auto& tunnel : tunnels) {
    ::kill(tunnel.pid, SIGTERM);
    (void)wait_exit(tunnel.pid, {});
  }
  const auto table =
      markdown_table({"work", "re forward", "", "peer", "time", "", "speed, re / peer"}, rows);
  if (!only.empty()) {
    std::cout << table;
    return;
  }
  publish("forward", "What goes through a forwarded port",
          fmt::format(
              "Medians of {} runs over loopback to a real sshd, which with both ends of the "
              "traffic and all contenders shares one machine; nothing else was at work on it. The "
              "last column is the speed of re as a multiple of its peer's: more is better.\n\n{}",
              rounds, table));
}

}  // namespace
}  // namespace libre::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  try {
    libre::bench::run(argc > 1 ? std::atoi(argv[1]) : 5, argc > 2 ? std::atoi(argv[2]) : 1000,
                      argc > 3 ? argv[3] : "");
  } catch (const std::exception& problem) {
    std::cerr << "bench_forward: " << problem.what() << "\n";
    return 1;
  }
}
