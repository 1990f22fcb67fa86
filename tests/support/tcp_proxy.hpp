// A TCP relay on loopback between a client and a server, which behaves like a worse network: it adds
// delay, limits bandwidth, stalls, and cuts connections at a chosen byte. Real sockets, one thread.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "base/wait.hpp"

namespace libre::testing {

class TcpProxy {
 public:
  explicit TcpProxy(int server_port);
  ~TcpProxy();
  int port() const { return port_; }

  void set_delay(std::chrono::milliseconds one_way) { delay_ms_ = one_way.count(); }
  void set_bandwidth(std::uint64_t bytes_per_second) {
    bandwidth_ = bytes_per_second;
  }                                               // 0 = no limit
  void set_stalled(bool on);                      // nothing passes, nothing is closed
  void set_refusing(bool on) { refusing_ = on; }  // new connections are closed at once
  void freeze_existing();                         // the same for those that are there now, for ever
  void cut_all();                                 // resets every connection now
  // Resets the next connection to reach that many bytes (both directions counted); once.
  void cut_after(std::uint64_t bytes) { cut_after_ = bytes; }

  std::uint64_t bytes_passed() const { return bytes_passed_; }
  std::uint64_t cuts() const { return cuts_; }  // how many connections cut_after has reset
  std::uint64_t connections() const { return connections_; }
  // How often the direction of the traffic turned from "client sends" to "server sends": the
  // number of round trips, as far as the network can tell.
  std::uint64_t turns() const { return turns_; }
  // Returns when nothing has passed for so long.
  void settle(std::chrono::milliseconds quiet = std::chrono::milliseconds(800)) const;

 private:
  struct Relay;
  class Loop;
  void run();

  int server_port_;
  int port_ = 0;
  Fd listening_;
  std::unique_ptr<Waker> poke_;
  std::atomic<bool> quit_ = false, stalled_ = false, refusing_ = false, cut_now_ = false,
                    freeze_now_ = false;
  std::atomic<std::int64_t> delay_ms_ = 0;
  std::atomic<std::uint64_t> bandwidth_ = 0, cut_after_ = 0, bytes_passed_ = 0, connections_ = 0,
                             turns_ = 0, cuts_ = 0;
  std::thread thread_;
};

}  // namespace libre::testing
