// The digest of bytes that pass by, made by a thread of its own while the caller does something else with
// the same bytes. Both read one buffer, so a second core takes over the digest and nothing is copied for it.
#pragma once
#include <array>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include "base/digest.hpp"

namespace libre::sync {

class DigestBeside {
 public:
  static constexpr std::size_t room_size = 512 * 1024;

  // null where there is no second core, or no thread to be had.
  static std::unique_ptr<DigestBeside> begin();
  DigestBeside();  // as std::thread: throws std::system_error
  DigestBeside(const DigestBeside&) = delete;
  DigestBeside& operator=(const DigestBeside&) = delete;
  ~DigestBeside();

  // Where the next bytes go: room_size of them. Waits where the thread is three rooms behind.
  char* room();
  // The first `size` bytes of it count. They may be read, and not changed, until room() was called twice.
  void add(std::size_t size);
  Digest finish();  // of all; once

 private:
  static constexpr std::size_t rooms = 3;
  struct Room {
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(room_size);
    std::size_t size = 0;
  };
  void follow();
  std::array<Room, rooms> rooms_;
  std::mutex mutex_;  // guards the three below; a room belongs to the thread from added_ to done_
  std::condition_variable changed_;
  std::size_t added_ = 0, done_ = 0;
  bool ending_ = false;
  Digester digester_;
  std::thread thread_;
};

}  // namespace libre::sync
