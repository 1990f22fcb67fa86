// Frames of one connection on their way from its reader thread to its worker thread.
//
// The reader puts frames in and blocks while more than `capacity` bytes wait, so a client that sends
// faster than methods read is slowed down by its own connection.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "base/wait.hpp"
#include "wire/frame.hpp"

namespace libre::rpc {

class Mailbox {
 public:
  static constexpr std::size_t capacity = 4u << 20;

  explicit Mailbox(Waker& waker) : waker_(waker) {}

  // --- reader thread ---
  void put(wire::Frame frame);  // also acts on cancel frames
  void end(Error why);          // nothing more will come: wakes everybody

  // --- worker thread ---
  // The next request; nullopt when the client has left.
  std::optional<wire::Frame> next_request();
  // The next piece of body of `call`; nullopt at its end. Errc::interrupted when cancelled,
  // Errc::disconnected when the client left.
  Result<std::optional<std::string>> next_data(std::uint32_t call);
  // Between begin and finish the waker tells of cancels of `call`. Returns false where it was
  // cancelled before it began.
  bool begin(std::uint32_t call);
  // Drops body pieces that nobody read; `had_more`: the request announced some.
  void finish(std::uint32_t call, bool had_more);
  void stop();  // worker is done: lets a blocked reader go

 private:
  bool has_space() const { return bytes_ < capacity || stopped_; }
  // A piece of a body whose method has answered already.
  bool is_leftover(const wire::Frame& frame) const {
    return frame.kind != wire::Kind::request && unfinished_.contains(frame.call);
  }
  void took(const wire::Frame& frame);

  Waker& waker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Below: protected by mutex_.
  std::deque<wire::Frame> requests_;
  std::deque<wire::Frame> data_;        // data and end frames, in order of arrival
  std::set<std::uint32_t> unfinished_;  // finished calls whose end frame is still to come
  std::set<std::uint32_t> cancelled_;
  std::size_t bytes_ = 0;
  std::uint32_t current_ = 0;
  std::optional<Error> ended_;
  bool stopped_ = false;
};

}  // namespace libre::rpc
