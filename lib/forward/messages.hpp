// What the two sides of a forward say to each other: in rpc, and on streams that then carry a TCP
// connection's bytes (docs/protocol.md).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace libre::forward {

// A stream to the agent that begins so is no conversation in rpc: one StreamRequest follows, as a message
// (wire/message.hpp), then its Answer, and then the bytes.
inline constexpr std::string_view stream_magic = "\xfere\n";

struct StreamRequest {
  // A TCP connection that the agent makes, to a numeric address or localhost …
  std::string host{};
  int port = 0;
  // … or, where this is not 0, one that it has accepted and kept (HoldEvent).
  std::uint64_t connection = 0;
};

// Also what a master replies, as far as it matters here.
struct Answer {
  std::string error{};  // an Error as JSON; "" = the stream begins behind this message
};

struct WantedPort {
  std::string bind{};  // as listen_tcp() has it
  int port = 0;
  bool exact = false;
};

// forward.hold: keeps the agent, and listens, until it is cancelled. `key` names the one who asks: an older
// call with the same key is ended first, for its connection may have died without a word.
struct HoldRequest {
  std::string key{};
  std::vector<WantedPort> ports{};
};
struct HoldEvent {
  std::vector<int> ports{};      // the first event: where it listens, in the order of the request
  int index = 0;                 // the others: on which of them …
  std::uint64_t connection = 0;  // … a connection was accepted. Kept for a minute
};

// forward.app: a place for a program that is to be reached by a forward.
struct AppRequest {
  std::string name{};  // [a-z0-9-]: the same name gets the same token
};
struct AppPlace {
  // Free on the loopback address just now. The kernel's choice, so that two who ask at once get different ones.
  int port = 0;
  std::string token{};       // a secret that only this user can read, in …
  std::string token_file{};  // … this file (0600)
};

// forward.listener: whether somebody listens on a loopback port, and whether that is this user.
struct ListenerRequest {
  int port = 0;
};
struct ListenerInfo {
  bool listens = false, ours = false;
};

struct Nothing {};

}  // namespace libre::forward
