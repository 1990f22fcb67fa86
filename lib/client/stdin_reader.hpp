// Reads a descriptor in a thread of its own, one piece ahead, and nudges the thread that sends.
//
// A person's terminal, a pipe or a file: reading blocks for as long as it likes, while log output of
// the job goes on being shown. With `escape` the keys that detach become a Stop, also while there is no
// connection that anything could be sent over.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/escape_keys.hpp"
#include "client/stop.hpp"

namespace libre::client {

class StdinReader {
 public:
  static Result<std::unique_ptr<StdinReader>> start(int fd, Stop::State& stop, bool escape);
  ~StdinReader();  // ends the thread, also while it waits for input

  struct Piece {
    std::string bytes;
    bool end = false;
  };
  // What has been read since, where anything has. Reading pauses while a whole piece waits.
  std::optional<Piece> take();

 private:
  StdinReader(int fd, Stop::State& stop, bool escape) : fd_(fd), stop_(stop), escape_(escape) {}
  void read_all();
  bool offer(std::string_view bytes, bool end);

  int fd_;
  Stop::State& stop_;
  const bool escape_;
  std::unique_ptr<Waker> quit_;
  std::mutex mutex_;
  std::condition_variable taken_;
  std::optional<Piece> piece_;  // protected by mutex_
  bool quitting_ = false;       // protected by mutex_
  std::thread thread_;
};

}  // namespace libre::client
