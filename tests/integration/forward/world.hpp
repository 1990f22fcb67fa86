// A laptop, a machine behind a proxy, and TCP programs on either side.
#pragma once
#include <atomic>
#include <thread>

#include "base/stream.hpp"
#include "forward/address.hpp"
#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::testing {

// Answers on a loopback port of this machine (which is also the far one): what comes on a connection goes
// back, the same bytes, until its end.
class EchoServer {
 public:
  EchoServer();
  ~EchoServer();
  int port() const { return port_; }
  std::size_t connections() const { return connections_; }  // so far

 private:
  void run();
  std::vector<Fd> listening_;
  int port_ = 0;
  std::unique_ptr<Waker> quit_;
  std::atomic<std::size_t> connections_ = 0;
  std::thread thread_;
};

// A TCP connection to a loopback port; throws where nobody listens.
std::unique_ptr<FdStream> dial(int port);

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
