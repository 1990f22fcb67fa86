// Reads a descriptor in a thread of its own, one piece ahead, and nudges the thread that sends.
//
// A person's terminal, a pipe or a file: reading blocks for as long as it likes, while log output of
// the job goes on being shown.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/stop.hpp"

namespace libre::client {

class StdinReader {
 public:
  static Result<std::unique_ptr<StdinReader>> start(int fd, Stop::State& nudge);
  ~StdinReader();  // ends the thread, also while it waits for input

  struct Piece {
    std::string bytes;
    bool end = false;
  };
  // The next piece, where one has been read. The next one is read only after this one was taken.
  std::optional<Piece> take();

 private:
  StdinReader(int fd, Stop::State& nudge) : fd_(fd), nudge_(nudge) {}
  void read_all();
  bool offer(Piece piece);

  int fd_;
  Stop::State& nudge_;
  std::unique_ptr<Waker> quit_;
  std::mutex mutex_;
  std::condition_variable taken_;
  std::optional<Piece> piece_;  // protected by mutex_
  bool quitting_ = false;       // protected by mutex_
  std::thread thread_;
};

}  // namespace libre::client
