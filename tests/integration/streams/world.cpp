#include "world.hpp"

#include <fmt/format.h>

namespace libre::testing {

World::World() {
  laptop.home.write("work/a", "a");
  laptop.go_through(proxy.port());
  laptop.init();
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += fmt::format("{}\n", i);
  return text;
}

std::string writes_lines(int count, int parts, const std::string& then) {
  return fmt::format(
      "i=0; while [ $i -lt {0} ]; do seq $((i*{1}+1)) $((i*{1}+{1})); i=$((i+1)); sleep 0.02; "
      "done; {2}",
      parts, count / parts, then);
}

Cutter::Cutter(TcpProxy& proxy, std::uint64_t first, std::uint64_t last, int wanted,
               std::uint64_t bandwidth)
    : proxy_(proxy), before_(proxy.cuts()) {
  proxy_.set_bandwidth(bandwidth);
  thread_ = std::thread([=, this] { run(first, last, wanted); });
}

Cutter::~Cutter() {
  quit_ = true;
  thread_.join();
  proxy_.cut_after(0);
  proxy_.set_bandwidth(0);
}

void Cutter::run(std::uint64_t first, std::uint64_t last, int wanted) {
  std::mt19937 chance(seed_);
  std::uniform_int_distribution<std::uint64_t> byte(first, last);
  while (cuts_ < wanted && !quit_) {
    proxy_.cut_after(byte(chance));
    const auto next = before_ + static_cast<std::uint64_t>(cuts_) + 1;
    const auto cut = [&] { return proxy_.cuts() >= next || quit_; };
    if (!eventually(cut, std::chrono::seconds(60))) return;
    if (proxy_.cuts() >= next) ++cuts_;
  }
}

}  // namespace libre::testing
