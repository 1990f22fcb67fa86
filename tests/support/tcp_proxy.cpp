#include "support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

namespace libre::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t max_queued = 4u << 20;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// Closes with a reset instead of an orderly end, as a network that dies does.
void reset_connection(Fd& fd) {
  const linger hard{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd.reset();
}

struct Packet {
  Clock::time_point due;
  std::string bytes;
};

// One direction of one connection.
struct Direction {
  std::deque<Packet> queue;
  std::size_t queued = 0;
  Clock::time_point link_free{};  // when the bandwidth limit lets the next packet leave
  bool ended = false;             // the source will send no more
  bool shut = false;              // and the sink was told
};

}  // namespace

struct TcpProxy::Relay {
  Fd client, server;
  Direction up, down;
  std::uint64_t passed = 0;
  bool dead = false, frozen = false;
};

TcpProxy::TcpProxy(int server_port) : server_port_(server_port) {
  listening_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening_.get(), 128) != 0 ||
      ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  poke_ = std::move(*Waker::create());
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  quit_ = true;
  poke_->notify();
  thread_.join();
}

void TcpProxy::set_stalled(bool on) {
  stalled_ = on;
  poke_->notify();
}
void TcpProxy::freeze_existing() {
  freeze_now_ = true;
  poke_->notify();
}
void TcpProxy::cut_all() {
  cut_now_ = true;
  poke_->notify();
}

void TcpProxy::run() {
  std::list<Relay> relays;
  bool server_spoke_last = true;
  const auto accept_new = [&] {
    Fd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    ++connections_;
    if (refusing_) {
      reset_connection(client);
      return;
    }
    Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(server_port_);
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      reset_connection(client);
      return;
    }
    (void)set_nonblocking(server.get(), true);
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    relays.push_back(Relay{std::move(client), std::move(server), {}, {}});
  };
  const auto receive = [&](Relay& relay, Direction& direction, Fd& from, bool from_server) {
    char buffer[32 * 1024];
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) {
      relay.dead = true;
      return;
    }
    if (got == 0) {
      direction.ended = true;
      return;
    }
    if (from_server && !server_spoke_last) ++turns_;
    server_spoke_last = from_server;
    const auto size = static_cast<std::size_t>(got);
    bytes_passed_ += size;
    auto due = Clock::now() + std::chrono::milliseconds(delay_ms_.load());
    if (const auto rate = bandwidth_.load(); rate > 0) {
      direction.link_free = std::max(direction.link_free, Clock::now()) +
                            std::chrono::microseconds(size * 1'000'000 / rate);
      due = std::max(due, direction.link_free + std::chrono::milliseconds(delay_ms_.load()));
    }
    direction.queue.push_back({due, std::string(buffer, size)});
    direction.queued += size;
  };
  const auto deliver = [&](Relay& relay, Direction& direction, Fd& to) {
    while (!direction.queue.empty() && direction.queue.front().due <= Clock::now()) {
      auto& packet = direction.queue.front();
      const ssize_t put = ::send(to.get(), packet.bytes.data(), packet.bytes.size(), MSG_NOSIGNAL);
      if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (put < 0) {
        relay.dead = true;
        return;
      }
      direction.queued -= static_cast<std::size_t>(put);
      relay.passed += static_cast<std::uint64_t>(put);
      const auto limit = cut_after_.load();
      if (limit > 0 && relay.passed >= limit) {
        cut_after_ = 0;
        relay.dead = true;
        ++cuts_;
        return;
      }
      packet.bytes.erase(0, static_cast<std::size_t>(put));
      if (packet.bytes.empty()) direction.queue.pop_front();
    }
    if (direction.queue.empty() && direction.ended && !direction.shut) {
      ::shutdown(to.get(), SHUT_WR);
      direction.shut = true;
    }
  };

  while (!quit_) {
    std::vector<pollfd> fds = {{poke_->fd(), POLLIN, 0}, {listening_.get(), POLLIN, 0}};
    auto wake = Clock::time_point::max();
    const auto interest = [&](const Direction& in, const Direction& out) {
      short events = 0;
      if (!stalled_ && !in.ended && in.queued < max_queued) events |= POLLIN;
      if (!stalled_ && !out.queue.empty()) {
        if (out.queue.front().due <= Clock::now())
          events |= POLLOUT;
        else
          wake = std::min(wake, out.queue.front().due);
      }
      return events;
    };
    const bool cut_all = cut_now_.exchange(false);
    if (freeze_now_.exchange(false))
      for (auto& relay : relays) relay.frozen = true;
    for (auto& relay : relays) {
      // A descriptor of no interest is left out: poll would report its hang-up again and again.
      for (auto [fd, events] : {std::pair(relay.client.get(), interest(relay.up, relay.down)),
                                std::pair(relay.server.get(), interest(relay.down, relay.up))})
        fds.push_back({events && !relay.frozen ? fd : -1, events, 0});
    }
    timespec timeout{};
    if (wake != Clock::time_point::max()) {
      const auto left =
          std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(wake - Clock::now()));
      timeout = {static_cast<time_t>(left.count() / 1'000'000'000),
                 static_cast<long>(left.count() % 1'000'000'000)};
    }
    ::ppoll(fds.data(), fds.size(), wake == Clock::time_point::max() ? nullptr : &timeout, nullptr);
    if (fds[0].revents) poke_->clear();
    std::size_t at = 2;
    for (auto& relay : relays) {
      const short client = fds[at++].revents, server = fds[at++].revents;
      if (cut_all) relay.dead = true;
      if (stalled_ || relay.dead || relay.frozen) continue;
      if (client & (POLLIN | POLLHUP | POLLERR)) receive(relay, relay.up, relay.client, false);
      if (server & (POLLIN | POLLHUP | POLLERR)) receive(relay, relay.down, relay.server, true);
      deliver(relay, relay.up, relay.server);
      deliver(relay, relay.down, relay.client);
    }
    for (auto relay = relays.begin(); relay != relays.end();) {
      const bool done = relay->up.shut && relay->down.shut;
      if (relay->dead) {
        reset_connection(relay->client);
        reset_connection(relay->server);
      }
      relay = relay->dead || done ? relays.erase(relay) : std::next(relay);
    }
    if (fds[1].revents) accept_new();
  }
}

}  // namespace libre::testing
