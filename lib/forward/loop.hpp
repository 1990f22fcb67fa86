// One thread that waits with poll(2) for many things and never blocks in one of them.
#pragma once
#include <poll.h>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/wait.hpp"

namespace libre::forward {

// Something with descriptors of its own. Used by the loop's thread only.
class Part {
 public:
  virtual ~Part() = default;
  virtual void wait(
      std::vector<pollfd>& fds) const = 0;  // appends what it waits for, as many each time
  virtual Deadline due() const { return Deadline::never(); }  // look() is called then at the latest
  // What poll(2) said of them. Called when it is new (nothing has been said yet), when one of them has
  // something, when it is due, and when the loop was woken.
  virtual void look(std::span<const pollfd> fds) = 0;
  virtual bool over() const = 0;  // it is destroyed then
};

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> create();

  void add(std::unique_ptr<Part> part);  // any thread
  void wake() { waker_->notify(); }      // any thread: every part is looked at
  void stop();                           // any thread: run() returns, all parts are destroyed in it
  std::size_t size() const { return size_; }  // any thread: parts that are not over

  Result<void> run();

 private:
  explicit Loop(std::unique_ptr<Waker> waker) : waker_(std::move(waker)) {}
  std::unique_ptr<Part> next_fresh();  // nullptr where there is none
  void begin_fresh();
  int wait();
  void look(bool woken);

  std::unique_ptr<Waker> waker_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::thread::id> runner_{};
  std::mutex mutex_;
  std::list<std::unique_ptr<Part>> fresh_;  // under mutex_
  struct Entry {
    std::unique_ptr<Part> part;
    std::size_t first = 0, count = 0;  // of its descriptors in fds_
  };
  std::list<Entry> parts_;
  std::vector<pollfd> fds_;
};

}  // namespace libre::forward
