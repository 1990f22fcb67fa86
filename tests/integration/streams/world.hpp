// A laptop whose way to the machine leads through a proxy, and what cuts that way again and again.
#pragma once
#include <random>
#include <thread>

#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::testing {

struct World {
  Laptop laptop;
  TcpProxy proxy{laptop.server().port()};
  World();
};

// "1\n2\n…": what `seq` prints.
std::string numbered_lines(int count);

// A job's command: the lines 1 … count in `parts` pieces with pauses between them.
std::string writes_lines(int count, int parts, const std::string& then);

// Cuts connections one after the other, each at a byte chosen by chance, until it goes. The line has a
// bandwidth meanwhile: a reset throws away what the other end has not read yet, which with none would be
// all that a connection brought, and with too much of it is on a busy machine. Where many cuts follow
// each other closely there would be no progress between them, and the pauses would grow.
class Cutter {
 public:
  Cutter(TcpProxy& proxy, std::uint64_t first, std::uint64_t last, int wanted,
         std::uint64_t bandwidth = 4 << 20);
  ~Cutter();
  int cuts() const { return cuts_; }
  unsigned seed() const { return seed_; }  // to be printed: it makes the cuts again

 private:
  void run(std::uint64_t first, std::uint64_t last, int wanted);
  TcpProxy& proxy_;
  unsigned seed_ = std::random_device{}();
  std::uint64_t before_;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> quit_ = false;
  std::thread thread_;
};

}  // namespace libre::testing
