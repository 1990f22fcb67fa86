#include "base/stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace libre {
namespace {

// poll(2) on the descriptor, the caller's waker and our own close(), whichever comes first.
Result<void> wait_ready(int fd, short events, const Wait& wait, const Waker* closed) {
  pollfd fds[3] = {{fd, events, 0},
                   {closed ? closed->fd() : -1, POLLIN, 0},
                   {wait.waker ? wait.waker->fd() : -1, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(fds, 3, wait.deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for a stream", errno);
    if (ready > 0) {
      if (fds[1].revents) return Error{Errc::disconnected, "the stream was closed"};
      if (fds[0].revents) return {};
      return Error{Errc::interrupted, "interrupted"};
    }
    if (wait.deadline.passed()) return Error{Errc::timed_out, "timed out"};
  }
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

FdStream::FdStream(Fd socket) : FdStream(std::move(socket), Fd()) { is_socket_ = true; }

FdStream::FdStream(Fd in, Fd out) : in_(std::move(in)), out_(std::move(out)), is_socket_(false) {
  if (in_) (void)set_nonblocking(in_.get(), true);
  if (out_) (void)set_nonblocking(out_.get(), true);
  if (auto waker = Waker::create()) closed_ = std::move(*waker);
}

FdStream::~FdStream() = default;

Result<std::size_t> FdStream::read(std::span<std::byte> buffer, const Wait& wait) {
  for (;;) {
    if (closed_ && closed_->notified()) return Error{Errc::disconnected, "the stream was closed"};
    const ssize_t got = ::read(in_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!would_block(errno)) return system_error("cannot read from a stream", errno);
    LIBRE_CHECK(wait_ready(in_.get(), POLLIN, wait, closed_.get()));
  }
}

Result<void> FdStream::write(std::span<const std::byte> bytes, const Wait& wait) {
  while (!bytes.empty()) {
    if (closed_ && closed_->notified()) return Error{Errc::disconnected, "the stream was closed"};
    const ssize_t sent = is_socket_ ? ::send(in_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                    : ::write(out_.get(), bytes.data(), bytes.size());
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (!would_block(errno)) return system_error("cannot write to a stream", errno);
    LIBRE_CHECK(wait_ready(write_fd(), POLLOUT, wait, closed_.get()));
  }
  return {};
}

void FdStream::end_writing() {
  if (!is_socket_)
    out_.reset();
  else
    ::shutdown(in_.get(), SHUT_WR);
}

void FdStream::close() noexcept {
  if (closed_) closed_->notify();
  ::shutdown(in_.get(), SHUT_RDWR);
}

Result<std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>>> make_stream_pair() {
  LIBRE_TRY(auto pair, make_socketpair());
  return std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>>(
      std::make_unique<FdStream>(std::move(pair.first)),
      std::make_unique<FdStream>(std::move(pair.second)));
}

Result<std::unique_ptr<FdStream>> connect_unix(std::string_view path, const Wait& wait) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{Errc::usage, "the socket path is too long: " + std::string(path)};
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  for (;;) {
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return std::make_unique<FdStream>(std::move(fd));
    // EAGAIN: the listener's backlog is full; unix sockets offer nothing to poll for that.
    if (errno != EAGAIN && errno != EINTR)
      return system_error("cannot connect to " + std::string(path), errno);
    if (wait.deadline.passed())
      return Error{Errc::timed_out, "timed out connecting to " + std::string(path)};
    ::poll(nullptr, 0, 5);
  }
}

Result<std::string> read_exactly(Stream& stream, std::size_t size, const Wait& wait) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    LIBRE_TRY(const auto got,
              stream.read(std::as_writable_bytes(std::span(bytes).subspan(filled)), wait));
    if (got == 0) return Error{Errc::disconnected, "the other side has left"};
    filled += got;
  }
  return bytes;
}

}  // namespace libre
