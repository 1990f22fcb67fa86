// A bidirectional byte stream: the one seam between "how we reach a machine" and everything above.
//
// Thread safety: one reader and one writer may work at the same time only where the implementation
// says so (FdStream does; an SSH channel does not). close() may come from any thread.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/wait.hpp"

namespace libre {

class Stream {
 public:
  virtual ~Stream() = default;

  // Reads at least one byte, at most buffer.size(). 0 means that the other side has ended.
  // A connection that broke is Errc::disconnected.
  virtual Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) = 0;

  // Writes all of `bytes`. After an error an unknown part of them has been sent.
  virtual Result<void> write(std::span<const std::byte> bytes, const Wait& wait) = 0;

  // Tells the other side that no more will be written. Reading goes on.
  virtual void end_writing() = 0;

  // Ends both directions at once and wakes calls that block.
  virtual void close() noexcept = 0;

  // The least time that a small question over the same way took to be answered; nullopt where nobody has seen any, as
  // within this machine.
  virtual std::optional<std::chrono::nanoseconds> round_trip() const { return std::nullopt; }
};

// A stream over descriptors: a socket, or the two ends of two pipes. Reader and writer may be
// different threads. The descriptors are switched to non-blocking. close() wakes both; the other end of
// a socket sees it at once, that of two pipes when this object is destroyed.
class FdStream final : public Stream {
 public:
  explicit FdStream(Fd socket);
  FdStream(Fd in, Fd out);
  ~FdStream() override;

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override;
  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override;
  void end_writing() override;
  void close() noexcept override;

  // Of what lies behind the descriptor, where the other end has told it.
  std::optional<std::chrono::nanoseconds> round_trip() const override { return round_trip_; }
  void set_round_trip(std::chrono::nanoseconds time) { round_trip_ = time; }

  int read_fd() const { return in_.get(); }

 private:
  Fd in_;
  Fd out_;  // empty where in_ is a socket, and after end_writing
  bool is_socket_;
  std::unique_ptr<Waker> closed_;
  std::optional<std::chrono::nanoseconds> round_trip_{};
  int write_fd() const { return is_socket_ ? in_.get() : out_.get(); }
};

// Two connected in-process streams, for tests and for the remote half over no network at all.
Result<std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>>> make_stream_pair();

// Connects to a unix socket. Errc::not_found and Errc::refused mean that nobody serves there.
Result<std::unique_ptr<FdStream>> connect_unix(std::string_view path, const Wait& wait);

// Reads `size` bytes and none behind them. Errc::disconnected where the stream ends before.
Result<std::string> read_exactly(Stream& stream, std::size_t size, const Wait& wait);

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace libre
