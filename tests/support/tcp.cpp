#include "support/tcp.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace libre::testing {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

namespace {

constexpr int backlog = 1024;  // all of a test's connections at once

int port_of(const Fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("a socket has no port");
  return ntohs(address.sin_port);
}

Fd bound(int family, const sockaddr* address, socklen_t size) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd && family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (!fd || ::bind(fd.get(), address, size) != 0) return {};
  return fd;
}

Fd bound_v4() {
  const auto address = loopback(0);
  Fd fd = bound(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (!fd) throw std::runtime_error("no free port");
  return fd;
}

Fd bound_v6(int port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  return bound(AF_INET6, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void send_at_once(const Fd& fd) {
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void echo(FdStream& stream) {
  std::array<std::byte, 64 * 1024> buffer;
  for (;;) {
    const auto got = stream.read(buffer, {});
    if (!got || *got == 0) return;
    if (!stream.write(std::span(buffer).first(*got), {})) return;
  }
}

}  // namespace

int free_port() { return port_of(bound_v4()); }

std::unique_ptr<FdStream> dial(int port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
  send_at_once(fd);
  return std::make_unique<FdStream>(std::move(fd));
}

TcpServer::TcpServer(std::function<void(FdStream&)> serve) : serve_(std::move(serve)) {
  listening_.push_back(bound_v4());
  port_ = port_of(listening_.front());
  if (Fd second = bound_v6(port_)) listening_.push_back(std::move(second));
  for (const auto& socket : listening_)
    if (::listen(socket.get(), backlog) != 0) throw std::runtime_error("cannot listen");
  quit_ = std::move(*Waker::create());
  thread_ = std::thread([this] { run(); });
}

TcpServer::~TcpServer() {
  quit_->notify();
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    for (auto& worker : workers_)
      if (worker.stream) worker.stream->close();
  }
  for (auto& worker : workers_) worker.thread.join();
}

void TcpServer::run() {
  std::vector<pollfd> fds{{quit_->fd(), POLLIN, 0}};
  for (const auto& socket : listening_) fds.push_back({socket.get(), POLLIN, 0});
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents) return;
    for (std::size_t i = 1; i < fds.size(); ++i)
      if (fds[i].revents) begin(Fd(::accept4(fds[i].fd, nullptr, nullptr, SOCK_CLOEXEC)));
  }
}

void TcpServer::begin(Fd fd) {
  if (!fd) return;
  send_at_once(fd);
  ++connections_;
  const std::lock_guard lock(mutex_);
  Worker& worker = workers_.emplace_back();
  worker.stream = std::make_unique<FdStream>(std::move(fd));
  worker.thread = std::thread([this, &worker] { work(worker); });
}

void TcpServer::work(Worker& worker) {
  FdStream* stream = nullptr;
  {
    const std::lock_guard lock(mutex_);
    stream = worker.stream.get();
  }
  try {
    serve_(*stream);
  } catch (const std::exception&) {
    // Its client sees the end.
  }
  const std::lock_guard lock(mutex_);
  worker.stream.reset();
}

EchoServer::EchoServer() : TcpServer(echo) {}

}  // namespace libre::testing
