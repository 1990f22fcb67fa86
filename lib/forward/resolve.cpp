#include "forward/resolve.hpp"

#include <netdb.h>

#include <cstring>

namespace libre::forward {

Result<std::vector<Address>> resolve(const std::string& host, int port) {
  auto list = numeric_addresses(host, port);
  if (!list.empty()) return list;
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return Error{Errc::dns, host + " has no address", ::gai_strerror(code)};
  for (const auto* entry = found; entry; entry = entry->ai_next) {
    auto& address = list.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return list;
}

}  // namespace libre::forward
