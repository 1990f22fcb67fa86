#include "forward/pump.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace libre::forward {
namespace {

// What one direction of one connection may move before the others have their turn: so many pieces.
constexpr std::size_t piece = 128 * 1024;
constexpr int most_pieces = 4;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

short events(bool reads, bool writes) {
  return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

// One that waits for nothing is not polled: poll(2) would report its end again and again.
pollfd entry(int fd, short events) { return {events != 0 ? fd : -1, events, 0}; }

constexpr short can_read = POLLIN | POLLHUP | POLLERR, can_write = POLLOUT | POLLHUP | POLLERR;

}  // namespace

Pump::Pump(Socket left, Socket right) : left_(std::move(left.fd)), right_(std::move(right.fd)) {
  rightward_.waiting = std::move(left.early);
  leftward_.waiting = std::move(right.early);
}

void Pump::start() {
  copy(left_.get(), right_.get(), rightward_, true, true);
  copy(right_.get(), left_.get(), leftward_, true, true);
}

void Pump::wait(std::vector<pollfd>& fds) const {
  fds.push_back(entry(left_.get(), events(rightward_.reads(), leftward_.writes())));
  fds.push_back(entry(right_.get(), events(leftward_.reads(), rightward_.writes())));
}

void Pump::move(std::span<const pollfd> fds) {
  const short left = fds[0].revents, right = fds[1].revents;
  copy(left_.get(), right_.get(), rightward_, left & can_read, right & can_write);
  copy(right_.get(), left_.get(), leftward_, right & can_read, left & can_write);
}

bool Pump::over() const { return broken_ || (rightward_.closed && leftward_.closed); }

void Pump::copy(int from, int to, Lane& lane, bool readable, bool writable) {
  if (lane.closed) return;
  if (!lane.waiting.empty() && !(writable && send_waiting(to, lane))) return;
  char buffer[piece];
  for (int i = 0; i < most_pieces && readable && !lane.ended && !lane.closed; ++i) {
    const auto got = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && would_block(errno)) return;
    if (got < 0) broken_ = true;
    if (got <= 0) lane.ended = true;
    if (got <= 0) break;
    const auto size = static_cast<std::size_t>(got);
    const auto put = ::send(to, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    const auto taken = put > 0 ? static_cast<std::size_t>(put) : 0;
    if (put < 0 && !would_block(errno)) lane.closed = true;
    if (taken < size && !lane.closed) {
      lane.waiting.assign(buffer + taken, size - taken);
      return;
    }
    readable = size == sizeof buffer;  // less means that there was no more
  }
  if (lane.ended && !lane.closed) {
    ::shutdown(to, SHUT_WR);
    lane.closed = true;
  }
}

// Whether all of it is gone.
bool Pump::send_waiting(int to, Lane& lane) {
  const auto size = lane.waiting.size() - lane.sent;
  const auto put = ::send(to, lane.waiting.data() + lane.sent, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put < 0 && would_block(errno)) return false;
  // It takes no more, but may have said something before: that direction goes on.
  if (put < 0) lane.closed = true;
  if (put > 0) lane.sent += static_cast<std::size_t>(put);
  if (!lane.closed && lane.sent < lane.waiting.size()) return false;
  lane.waiting = {};
  lane.sent = 0;
  return !lane.closed;
}

}  // namespace libre::forward
