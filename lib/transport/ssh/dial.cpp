#include "transport/ssh/dial.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace libre::transport {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Shared by the caller and the lookup's thread; whoever is last frees it.
struct Lookup {
  std::string host, port;
  std::mutex mutex{};
  int failure = 0;
  std::vector<Address> addresses{};
  std::unique_ptr<Waker> done{};
};

void look_up(const std::shared_ptr<Lookup>& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(lookup->host.c_str(), lookup->port.c_str(), &hints, &list);
  {
    const std::lock_guard lock(lookup->mutex);
    lookup->failure = failure;
    for (const addrinfo* entry = list; failure == 0 && entry; entry = entry->ai_next) {
      Address address;
      std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
      address.size = entry->ai_addrlen;
      lookup->addresses.push_back(address);
    }
  }
  if (failure == 0) ::freeaddrinfo(list);
  lookup->done->notify();
}

Result<std::vector<Address>> resolve(const std::string& host, int port, const Wait& wait) {
  auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  lookup->port = std::to_string(port);
  LIBRE_TRY(lookup->done, Waker::create());
  try {
    std::thread(look_up, lookup).detach();
  } catch (const std::system_error& failure) {
    return Error{Errc::io, "cannot start a thread", failure.what()};
  }
  if (auto waited = wait_for(lookup->done->fd(), POLLIN, wait); !waited)
    return std::move(waited).error().wrapped("cannot look up " + host);
  const std::lock_guard lock(lookup->mutex);
  if (lookup->failure != 0 || lookup->addresses.empty())
    return Error{Errc::dns, "the name " + host + " has no address",
                 lookup->failure ? ::gai_strerror(lookup->failure) : "no address of a usable kind",
                 "check the spelling, or HostName in ~/.ssh/config"};
  return lookup->addresses;
}

std::string numeric(const Address& address) {
  char host[NI_MAXHOST] = {};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.size, host,
                sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

Result<Fd> connect_one(const Address& address, int port, const Wait& wait) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const std::string failed = fmt::format("cannot connect to {} port {}", numeric(address), port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0)
    return fd;
  if (errno != EINPROGRESS) return system_error(failed, errno);
  if (auto waited = wait_for(fd.get(), POLLOUT, wait); !waited) {
    Error error = std::move(waited).error();
    if (error.code == Errc::timed_out) error.cause = "no answer at all";
    error.message = failed;
    return error;
  }
  int failure = 0;
  socklen_t size = sizeof failure;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) return system_error(failed, failure);
  return fd;
}

}  // namespace

Result<Fd> dial_tcp(const std::string& host, int port, const Wait& wait) {
  LIBRE_TRY(const auto addresses, resolve(host, port, wait));
  Error last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // An address that swallows packets must not use up the time of those after it.
    Wait share = wait;
    const int left = wait.deadline.poll_timeout();
    const int remaining = static_cast<int>(addresses.size() - i);
    if (left >= 0) share.deadline = Deadline::after(std::chrono::milliseconds(left / remaining));
    auto fd = connect_one(addresses[i], port, share);
    if (fd) return fd;
    last = std::move(fd).error();
    if (last.code == Errc::interrupted) break;
  }
  if (last.hint.empty() && last.code != Errc::interrupted)
    last.hint = fmt::format("check that the machine is on and that sshd listens on port {}", port);
  return last;
}

}  // namespace libre::transport
