#include "forward/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

namespace libre::forward {
namespace {

constexpr int most_tried = 200;  // ports, in search of a free one

bool add_v4(std::vector<Address>& list, const std::string& text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) return false;
  std::memcpy(&list.emplace_back().storage, &address, sizeof address);
  list.back().size = sizeof address;
  return true;
}

bool add_v6(std::vector<Address>& list, const std::string& text, int port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) != 1) return false;
  std::memcpy(&list.emplace_back().storage, &address, sizeof address);
  list.back().size = sizeof address;
  return true;
}

int port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  if (storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Result<Fd> listen_on(const Address& address) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
    return system_error("cannot listen", errno);
  return fd;
}

// Both loopback addresses or none: "localhost" may be either of them to whoever connects. A machine
// without IPv6 has only one.
Result<Listening> listen_on_port(const std::vector<std::string>& hosts, int port) {
  Listening listening;
  for (const auto& host : hosts) {
    const int wanted = listening.port > 0 ? listening.port : port;
    auto fd = listen_on(numeric_addresses(host, wanted).front());
    const bool no_such_address = !fd && errno == EADDRNOTAVAIL,
               no_such_family = !fd && errno == EAFNOSUPPORT;
    if (!listening.sockets.empty() && (no_such_address || no_such_family)) continue;
    if (!fd) return std::move(fd).error();
    listening.port = port_of(fd->get());
    listening.sockets.push_back(std::move(*fd));
  }
  return listening;
}

std::vector<std::string> hosts_of(const std::string& bind) {
  if (bind.empty() || bind == "localhost") return {"127.0.0.1", "::1"};
  if (bind == "*") return {"0.0.0.0", "::"};
  return {bind};
}

}  // namespace

std::vector<Address> numeric_addresses(const std::string& host, int port) {
  std::vector<Address> list;
  if (host == "localhost") {
    add_v4(list, "127.0.0.1", port);
    add_v6(list, "::1", port);
  } else if (!add_v4(list, host, port)) {
    add_v6(list, host, port);
  }
  return list;
}

Result<Listening> listen_tcp(const std::string& bind, int port, bool exact) {
  const auto hosts = hosts_of(bind);
  if (numeric_addresses(hosts.front(), port).empty())
    return Error{Errc::usage, "cannot listen on " + bind, "it is no numeric address",
                 "write 127.0.0.1, ::1, or * for every address"};
  const int last = exact || port == 0 ? port : std::min(port + most_tried, 65535);
  for (int candidate = port;; ++candidate) {
    auto listening = listen_on_port(hosts, candidate);
    if (listening) return listening;
    if (errno == EACCES)
      return Error{Errc::denied, fmt::format("cannot listen on port {}", candidate),
                   "ports below 1024 are for the administrator", "use a higher port"};
    if (errno != EADDRINUSE) return std::move(listening).error();
    if (candidate >= last)
      return Error{Errc::exists, fmt::format("port {} is in use", port), {}, {}};
  }
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace libre::forward
