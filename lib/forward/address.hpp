// TCP addresses, without asking anybody: the agent links no resolver.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/fd.hpp"

namespace libre::forward {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// "127.0.0.1", "::1", and "localhost", which is both of them. Empty for every other name.
std::vector<Address> numeric_addresses(const std::string& host, int port);

// Sockets that listen on one port. `bind` is a numeric address, "" for the loopback ones (IPv6's only
// where there is one), or "*" for all. `port` 0 is any. Where it is taken the next free one is, unless
// `exact`: then Errc::exists. Errc::denied for ports that need a privilege.
struct Listening {
  std::vector<Fd> sockets;
  int port = 0;
};
Result<Listening> listen_tcp(const std::string& bind, int port, bool exact);

void send_at_once(int fd);  // no waiting for more bytes (TCP_NODELAY), and dead peers are noticed

}  // namespace libre::forward
