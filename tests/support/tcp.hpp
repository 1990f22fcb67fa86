// TCP programs on the loopback addresses of this machine: what serves, and what connects.
#pragma once
#include <netinet/in.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/stream.hpp"

namespace libre::testing {

sockaddr_in loopback(int port);  // 127.0.0.1

int free_port();  // one of 127.0.0.1 that nobody has just now

// A TCP connection to a loopback port; throws where nobody listens.
std::unique_ptr<FdStream> dial(int port);

// Listens on a port of both loopback addresses (of IPv4's only, where there is no other).
class TcpServer {
 public:
  // `serve` gets each connection in a thread of its own; it ends when that returns or throws.
  explicit TcpServer(std::function<void(FdStream&)> serve);
  ~TcpServer();  // ends all connections
  TcpServer(const TcpServer&) = delete;
  int port() const { return port_; }
  std::size_t connections() const { return connections_; }  // so far

 private:
  struct Worker {
    std::unique_ptr<FdStream> stream;  // under mutex_; empty when it is over
    std::thread thread;
  };
  void run();
  void begin(Fd fd);
  void work(Worker& worker);

  std::function<void(FdStream&)> serve_;
  std::vector<Fd> listening_;
  int port_ = 0;
  std::unique_ptr<Waker> quit_;
  std::atomic<std::size_t> connections_ = 0;
  std::mutex mutex_;
  std::list<Worker> workers_;
  std::thread thread_;
};

// What comes on a connection goes back, the same bytes, until its end.
struct EchoServer : TcpServer {
  EchoServer();
};

}  // namespace libre::testing
