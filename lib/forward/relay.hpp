// The agent's side of forwards: streams that carry TCP connections, all of them in one thread.
#pragma once
#include <map>
#include <mutex>
#include <thread>

#include "forward/loop.hpp"

namespace libre::forward {

class Relay {
 public:
  static Result<std::unique_ptr<Relay>> start();
  ~Relay();  // ends all streams

  // A connection to the agent's socket whose first bytes, not read yet, are stream_magic. Any thread.
  void serve(Fd stream);

  // Keeps an accepted connection for whoever asks for the number that this returns; closed after a minute.
  std::uint64_t keep(Fd connection);
  Fd take(std::uint64_t number);  // empty where there is none (any more)

  bool busy() const { return loop_->size() > 0; }

 private:
  explicit Relay(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
  struct Kept {
    Fd fd;
    Deadline until;
  };
  std::unique_ptr<Loop> loop_;
  std::mutex mutex_;
  std::uint64_t next_ = 1;              // under mutex_
  std::map<std::uint64_t, Kept> kept_;  // under mutex_
  std::thread thread_;
};

}  // namespace libre::forward
