// Bytes that pass by, and threads that do something with all of them, each in its own time, while the caller
// brings the next ones: what takes long is then done on several cores, and nothing is copied or read again
// for it.
//
// All functions are for the one thread that brings the bytes.
#pragma once
#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace libre::sync {

class Passing {
 public:
  static constexpr std::size_t room_size = 512 * 1024;

  // Called with all bytes in order, some at a time, by a thread of its own. What it throws ends its work, and is
  // thrown by the next drain(); until then the caller goes on for nothing.
  using Work = std::function<void(std::span<const std::byte>)>;

  // null where there is no second core, or no thread to be had.
  static std::unique_ptr<Passing> begin(std::vector<Work> works);
  explicit Passing(std::vector<Work> works);  // throws std::system_error
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  ~Passing();  // without drain(): what has not been worked on is dropped

  // Where the next bytes go; never empty. Waits where the slowest is eight rooms behind.
  std::span<char> room();
  void add(std::size_t size);  // so many have been put there
  // Waits until all is done. What the works have done can be looked at then. Throws what one of them threw:
  // no memory, say.
  void drain();
  // The same where nobody wants to know how it went: in a destructor.
  void settle();

 private:
  static constexpr std::size_t rooms = 8;
  struct Room {
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(room_size);
    std::size_t size = 0;
  };
  struct Worker {
    Work work;
    std::size_t done = 0;
    std::exception_ptr failure{};  // it has not worked on anything since
    std::thread thread{};
  };
  void follow(Worker& worker);
  bool all_have(std::size_t done) const;
  void hand_over();
  void end();
  std::array<Room, rooms> rooms_;
  bool filling_ = false;  // rooms_[added_ % rooms] is the caller's
  std::mutex mutex_;      // guards the two below, and done and failure of each worker
  std::condition_variable changed_;
  std::size_t added_ = 0;  // a room belongs to a worker from `added_` to its `done`
  bool ending_ = false;
  std::vector<Worker> workers_;
};

}  // namespace libre::sync
