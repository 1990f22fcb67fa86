#include "master/command_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "master/command_frames.hpp"

namespace libre::master {
namespace {

constexpr std::size_t errors_limit = 64 * 1024;
constexpr std::size_t most_errors_waiting = 256 * 1024;  // output that nobody has read yet

class MasterCommandStream final : public transport::InteractiveStream {
 public:
  explicit MasterCommandStream(std::unique_ptr<FdStream> master) : master_(std::move(master)) {}

  std::optional<std::chrono::nanoseconds> round_trip() const override {
    return master_->round_trip();
  }

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override {
    if (buffer.empty()) return Error{Errc::usage, "a read needs a buffer"};
    while (output_.empty()) {
      if (output_ended_) return std::size_t{0};
      LIBRE_CHECK(receive(wait));
    }
    const auto size = std::min(buffer.size(), output_.size());
    std::memcpy(buffer.data(), output_.data(), size);
    output_.erase(0, size);
    return size;
  }

  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override {
    while (!bytes.empty()) {
      LIBRE_TRY(const auto taken, write_some(bytes));
      bytes = bytes.subspan(taken);
      if (taken == 0) LIBRE_CHECK(wait_for(fd(), POLLOUT, wait));
    }
    return flush(wait);
  }

  Result<std::size_t> write_some(std::span<const std::byte> bytes) override {
    LIBRE_TRY(const bool sent, send_pending());
    if (!sent || bytes.empty()) return std::size_t{0};
    const auto taken = bytes.first(std::min(bytes.size(), longest_frame));
    pending_ = encode_frame(FrameKind::data, as_text(taken));
    LIBRE_CHECK(send_pending());
    return taken.size();
  }

  void end_writing() override {
    pending_ += encode_frame(FrameKind::end, {});
    (void)flush({Deadline::after(std::chrono::seconds(5))});
  }

  void close() noexcept override { master_->close(); }
  const std::string& errors() const override { return errors_; }

  Result<int> exit_code(const Wait& wait) override {
    while (!exit_) LIBRE_CHECK(receive(wait));
    return *exit_;
  }

  int poll_fd() const override { return fd(); }
  short poll_events() const override {
    return static_cast<short>(POLLIN | (pending_.empty() ? 0 : POLLOUT));
  }
  Result<void> serve() override {
    LIBRE_CHECK(send_pending());
    return {};
  }
  std::string take_errors() override { return std::exchange(fresh_errors_, {}); }
  void resize(transport::TerminalSize size) override {
    const std::uint32_t numbers[] = {static_cast<std::uint32_t>(size.columns),
                                     static_cast<std::uint32_t>(size.rows)};
    pending_ += encode_frame(FrameKind::window, encode_numbers(numbers));
    (void)send_pending();
  }

 private:
  int fd() const { return master_->read_fd(); }

  // True where nothing is left to send. A frame that was begun is always brought to its end, so what waits
  // here is kept over errors that leave the stream usable.
  Result<bool> send_pending() {
    while (!pending_.empty()) {
      const auto put = ::send(fd(), pending_.data(), pending_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put > 0)
        pending_.erase(0, static_cast<std::size_t>(put));
      else if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
      else if (errno != EINTR)
        return Error{Errc::disconnected, "the connection to the command ended",
                     std::strerror(errno)};
    }
    return true;
  }

  Result<void> flush(const Wait& wait) {
    for (;;) {
      LIBRE_TRY(const bool sent, send_pending());
      if (sent) return {};
      LIBRE_CHECK(wait_for(fd(), POLLOUT, wait));
    }
  }

  // One read from the master, sorted.
  Result<void> receive(const Wait& wait) {
    if (exit_) return {};
    std::array<std::byte, longest_frame> buffer;
    LIBRE_TRY(const auto got, master_->read(buffer, wait));
    if (got == 0) {
      if (output_ended_) return Error{Errc::disconnected, "the command ended without an exit code"};
      return Error{Errc::disconnected, "the connection to the command ended"};
    }
    frames_ += as_text(std::span(buffer).first(got));
    for (;;) {
      LIBRE_TRY(auto frame, take_frame(frames_));
      if (!frame) return {};
      take(*frame);
    }
  }

  void take(const Frame& frame) {
    if (frame.kind == FrameKind::data) output_ += frame.bytes;
    if (frame.kind == FrameKind::end) output_ended_ = true;
    if (frame.kind == FrameKind::exit)
      exit_ = static_cast<int>(number_at(frame.bytes, 0).value_or(255));
    if (frame.kind != FrameKind::errors) return;
    errors_.append(frame.bytes, 0, errors_limit - std::min(errors_limit, errors_.size()));
    // Nobody has to take them: then there is an end to what is kept.
    if (fresh_errors_.size() < most_errors_waiting) fresh_errors_ += frame.bytes;
  }

  std::unique_ptr<FdStream> master_;
  std::string frames_, output_, pending_, errors_, fresh_errors_;
  bool output_ended_ = false;
  std::optional<int> exit_;
};

}  // namespace

std::unique_ptr<transport::InteractiveStream> make_command_stream(
    std::unique_ptr<FdStream> master) {
  return std::make_unique<MasterCommandStream>(std::move(master));
}

}  // namespace libre::master
