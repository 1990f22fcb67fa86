// A laptop, a machine behind a proxy, and TCP programs on either side.
#pragma once
#include "support/evidence.hpp"
#include "support/tcp.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::testing {

// Whether `text` comes back from an echo at `port` within `limit`.
bool echoes(int port, const std::string& text,
            std::chrono::milliseconds limit = std::chrono::seconds(20));

// The value of the first `"name":NUMBER` in JSON text; -1 where there is none.
int number_in(const std::string& json, const std::string& name);

struct World {
  Laptop laptop;
  TcpProxy proxy{laptop.server().port()};
  explicit World(LaptopOptions options = {}) : laptop(std::move(options)) {
    laptop.go_through(proxy.port());
    laptop.init();
  }
  ~World() { (void)laptop.re({"forward", "--stop", "all"}); }

  // `re forward … --run-async --json`; the local port of its first line.
  int forward(std::vector<std::string> words) const;
};

}  // namespace libre::testing
