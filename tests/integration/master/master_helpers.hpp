// What tests of the master look at: its processes, its socket, the server's logins.
#pragma once
#include <filesystem>
#include <vector>

#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::testing {

std::vector<pid_t> masters_of(const Laptop& laptop);  // those that still run
std::filesystem::path socket_of(
    const Laptop& laptop);                 // of the one master that there is; "" = none
void end_masters(const Laptop& laptop);    // with SIGKILL; waits until they are gone
std::size_t logins(const Laptop& laptop);  // that the server has accepted

// A laptop whose way to the machine leads through a proxy.
struct World {
  Laptop laptop;
  TcpProxy proxy{laptop.server().port()};
  World() {
    laptop.go_through(proxy.port());
    laptop.init();
  }
  template <class Work>
  std::uint64_t turns_of(Work work) {
    const auto before = proxy.turns();
    work();
    return proxy.turns() - before;
  }
  // Waits until nothing has passed for a while, which must be longer than a round trip.
  void settle() const { proxy.settle(); }
};

}  // namespace libre::testing
