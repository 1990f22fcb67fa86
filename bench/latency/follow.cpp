#include "bench/latency/follow.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/process.hpp"

namespace libre::bench {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string clock_command(int lines) {
  return "for i in $(seq " + std::to_string(lines) + "); do sleep 0.1; date +%s.%N; done";
}

Timing line_delays(const std::function<pid_t(int out)>& start, int lines) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  Fd read_end(ends[0]), write_end(ends[1]);
  const pid_t pid = start(write_end.get());
  write_end.reset();
  std::vector<double> delays;
  std::string line;
  char byte = 0;
  while (::read(read_end.get(), &byte, 1) == 1) {
    if (byte != '\n') {
      line += byte;
      continue;
    }
    delays.push_back((now() - std::strtod(line.c_str(), nullptr)) * 1000);
    line.clear();
  }
  (void)wait_exit(pid, {});
  if (delays.size() != static_cast<std::size_t>(lines))
    throw std::runtime_error("lines are missing");
  delays.erase(delays.begin());
  return Timing(std::move(delays));
}

}  // namespace libre::bench
