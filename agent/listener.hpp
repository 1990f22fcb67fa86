// Accepts connections on the agent's socket and serves each one in a thread of its own.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "rpc/server.hpp"

namespace libre::agent {

struct ListenerOptions {
  std::filesystem::path socket;
  std::chrono::seconds idle_limit{60};  // leave after this long without connection and work
  std::function<bool()> busy;           // work that must not lose its agent; any thread
  // Takes over connections that begin with forward::stream_magic; any thread.
  std::function<void(Fd)> on_stream;
  // Asked once a minute, and whenever anything happens; false = leave, somebody else is the agent now.
  std::function<bool()> is_still_ours;
};

class Listener {
 public:
  // Binds the socket (0600), replacing a dead one. The caller holds the agent lock.
  static Result<std::unique_ptr<Listener>> open(ListenerOptions options,
                                                const rpc::Service& service, Log log);
  ~Listener();

  // Serves until `leave` is notified or nothing happened for idle_limit. `look` makes it see at once
  // whether somebody removed its socket, and put it back.
  Result<void> run(Waker& leave, Waker& look);

 private:
  struct Connection;
  Listener(ListenerOptions options, const rpc::Service& service, Log log);
  Result<void> bind();
  Result<void> accept_one();
  void serve_one(Connection& connection);
  bool hand_over(Connection& connection);
  void forget_finished();
  bool socket_is_ours() const;

  ListenerOptions options_;
  const rpc::Service& service_;
  Log log_;
  Fd listening_;
  std::uint64_t socket_inode_ = 0;
  std::unique_ptr<Waker> finished_;                     // a connection's thread is done
  std::list<std::unique_ptr<Connection>> connections_;  // run()'s thread only
};

}  // namespace libre::agent
