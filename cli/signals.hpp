// Ctrl-C and SIGTERM as a Stop, and a new size of the window as its nudge. One at a time per process; puts the old behaviour back at its end.
#pragma once
#include <chrono>

#include <libre/client.hpp>

namespace cli {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  libre::Stop& stop() { return stop_; }
  // Waits until `fd` has something to read, or is at its end; false where a Stop is requested instead,
  // also one that came before.
  bool wait_readable(int fd);
  // The same for at most `limit`, which a change of the window cuts short; fd -1 = only a Stop is waited for.
  enum class Woken { readable, stopped, timed_out };
  Woken wait(int fd, std::chrono::milliseconds limit);

 private:
  libre::Stop stop_;
};

}  // namespace cli
