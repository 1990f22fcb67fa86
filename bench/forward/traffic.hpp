// TCP programs at the two ends of a forward: what serves over there, and what connects here.
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <thread>
#include <vector>

#include "base/stream.hpp"

namespace libre::bench {

// Serves on a loopback port with a thread for each connection, which is told by its first byte what to do:
// 'd' + size:u64: sends so many bytes; 'u': takes all there is and then sends one; 'e': sends back each byte.
class TrafficServer {
 public:
  TrafficServer();
  ~TrafficServer();
  int port() const { return port_; }

 private:
  void run();
  std::vector<Fd> listening_;
  int port_ = 0;
  std::unique_ptr<Waker> quit_;
  std::list<std::thread> workers_;
  std::thread thread_;
};

// All of these throw where something is lost.
void download(int port, std::uint64_t size);
void upload(int port, std::uint64_t size);
void download_in_parallel(int port, int connections, std::uint64_t size_of_each);
void connect_and_echo(int port);  // a connection, one byte there and back

bool serves(int port);

}  // namespace libre::bench
