// TCP programs at the two ends of a forward: what serves over there, and what connects here.
#pragma once
#include <cstdint>

#include "support/tcp.hpp"

namespace libre::bench {

// Told by the first byte of a connection what to do: 'd' + size:u64: sends so many bytes; 'u': takes all there
// is and then sends one; anything else: sends that byte back.
struct TrafficServer : testing::TcpServer {
  TrafficServer();
};

// All of these throw where something is lost.
void download(int port, std::uint64_t size);
void upload(int port, std::uint64_t size);
void download_in_parallel(int port, int connections, std::uint64_t size_of_each);
void connect_and_echo(int port);  // a connection, one byte there and back

bool serves(int port);

}  // namespace libre::bench
