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

#include "support/tcp.hpp"

namespace libre::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t max_queued = 4u << 20;

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

// The proxy's thread.
class TcpProxy::Loop {
 public:
  explicit Loop(TcpProxy& proxy) : proxy_(proxy) {}
  void turn();

 private:
  void accept_new();
  std::vector<pollfd> interests();
  short interest(const Direction& in, const Direction& out);
  void wait(std::vector<pollfd>& fds) const;
  void receive(Relay& relay, Direction& direction, Fd& from, bool from_server);
  void deliver(Relay& relay, Direction& direction, Fd& to);
  Clock::time_point due(Direction& direction, std::size_t size) const;
  void forget_finished();

  TcpProxy& proxy_;
  std::list<Relay> relays_;
  bool server_spoke_last_ = true;
  Clock::time_point wake_{};  // when the next packet is due
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
  for (Loop loop(*this); !quit_;) loop.turn();
}

void TcpProxy::Loop::turn() {
  if (proxy_.freeze_now_.exchange(false))
    for (auto& relay : relays_) relay.frozen = true;
  auto fds = interests();
  wait(fds);
  if (fds[0].revents) proxy_.poke_->clear();
  const bool cut_all = proxy_.cut_now_.exchange(false);  // one that comes later wakes the next look
  std::size_t at = 2;
  for (auto& relay : relays_) {
    const short client = fds[at++].revents, server = fds[at++].revents;
    if (cut_all) relay.dead = true;
    if (proxy_.stalled_ || relay.dead || relay.frozen) continue;
    if (client & (POLLIN | POLLHUP | POLLERR)) receive(relay, relay.up, relay.client, false);
    if (server & (POLLIN | POLLHUP | POLLERR)) receive(relay, relay.down, relay.server, true);
    deliver(relay, relay.up, relay.server);
    deliver(relay, relay.down, relay.client);
  }
  forget_finished();
  if (fds[1].revents) accept_new();
}

// What to wait for: the poke, new connections, and both ends of each relay.
std::vector<pollfd> TcpProxy::Loop::interests() {
  std::vector<pollfd> fds = {{proxy_.poke_->fd(), POLLIN, 0}, {proxy_.listening_.get(), POLLIN, 0}};
  wake_ = Clock::time_point::max();
  for (auto& relay : relays_)
    // A descriptor of no interest is left out: poll would report its hang-up again and again.
    for (auto [fd, events] : {std::pair(relay.client.get(), interest(relay.up, relay.down)),
                              std::pair(relay.server.get(), interest(relay.down, relay.up))})
      fds.push_back({events && !relay.frozen ? fd : -1, events, 0});
  return fds;
}

// Of the end where `in` comes from and `out` goes to.
short TcpProxy::Loop::interest(const Direction& in, const Direction& out) {
  if (proxy_.stalled_) return 0;
  short events = 0;
  if (!in.ended && in.queued < max_queued) events |= POLLIN;
  if (out.queue.empty()) return events;
  if (out.queue.front().due <= Clock::now()) return static_cast<short>(events | POLLOUT);
  wake_ = std::min(wake_, out.queue.front().due);
  return events;
}

void TcpProxy::Loop::wait(std::vector<pollfd>& fds) const {
  const bool timed = wake_ != Clock::time_point::max();
  const auto left =
      timed ? std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(wake_ - Clock::now()))
            : std::chrono::nanoseconds(0);
  const timespec timeout{static_cast<time_t>(left.count() / 1'000'000'000),
                         static_cast<long>(left.count() % 1'000'000'000)};
  ::ppoll(fds.data(), fds.size(), timed ? &timeout : nullptr, nullptr);
}

void TcpProxy::Loop::accept_new() {
  Fd client(::accept4(proxy_.listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client) return;
  ++proxy_.connections_;
  if (proxy_.refusing_) return reset_connection(client);
  Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(proxy_.server_port_);
  if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return reset_connection(client);
  (void)set_nonblocking(server.get(), true);
  const int on = 1;
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  relays_.push_back(Relay{std::move(client), std::move(server), {}, {}});
}

void TcpProxy::Loop::receive(Relay& relay, Direction& direction, Fd& from, bool from_server) {
  char buffer[32 * 1024];
  // A slow line brings little at a time, and a cut takes back no more than that.
  const auto rate = proxy_.bandwidth_.load();
  const auto most =
      rate > 0 ? std::clamp<std::uint64_t>(rate / 200, 1024, sizeof buffer) : sizeof buffer;
  const ssize_t got = ::read(from.get(), buffer, most);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    (got < 0 ? relay.dead : direction.ended) = true;
    return;
  }
  if (from_server && !server_spoke_last_) ++proxy_.turns_;
  server_spoke_last_ = from_server;
  const auto size = static_cast<std::size_t>(got);
  proxy_.bytes_passed_ += size;
  direction.queue.push_back({due(direction, size), std::string(buffer, size)});
  direction.queued += size;
}

// When `size` bytes that come now are at the other end.
Clock::time_point TcpProxy::Loop::due(Direction& direction, std::size_t size) const {
  const std::chrono::milliseconds delay(proxy_.delay_ms_.load());
  const auto rate = proxy_.bandwidth_.load();
  if (rate == 0) return Clock::now() + delay;
  direction.link_free = std::max(direction.link_free, Clock::now()) +
                        std::chrono::microseconds(size * 1'000'000 / rate);
  return direction.link_free + delay;
}

void TcpProxy::Loop::deliver(Relay& relay, Direction& direction, Fd& to) {
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
    const auto limit = proxy_.cut_after_.load();
    if (limit > 0 && relay.passed >= limit) {
      proxy_.cut_after_ = 0;
      relay.dead = true;
      ++proxy_.cuts_;
      return;
    }
    packet.bytes.erase(0, static_cast<std::size_t>(put));
    if (packet.bytes.empty()) direction.queue.pop_front();
  }
  if (direction.queue.empty() && direction.ended && !direction.shut) {
    ::shutdown(to.get(), SHUT_WR);
    direction.shut = true;
  }
}

void TcpProxy::Loop::forget_finished() {
  for (auto relay = relays_.begin(); relay != relays_.end();) {
    const bool done = relay->up.shut && relay->down.shut;
    if (relay->dead) {
      reset_connection(relay->client);
      reset_connection(relay->server);
    }
    relay = relay->dead || done ? relays_.erase(relay) : std::next(relay);
  }
}

void TcpProxy::settle(std::chrono::milliseconds quiet) const {
  const auto nothing_passed = [&] {
    const auto before = bytes_passed();
    (void)wait_for(-1, 0, {Deadline::after(quiet)});
    return bytes_passed() == before;
  };
  while (!nothing_passed()) {
  }
}

}  // namespace libre::testing
