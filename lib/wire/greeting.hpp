// The greeting: what both sides send first, without waiting for the other.
//
//   greeting = "\xffre\n" protocol:u16 size:u16 text
//
// The magic is no UTF-8, so no login shell's noise looks like it. `text` is the sender's version
// ("0.1.0"), for people. Protocol numbers must be equal; docs/protocol.md lists them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::wire {

inline constexpr std::uint16_t protocol_number = 2;

struct Greeting {
  std::uint16_t protocol = protocol_number;
  std::string version{};
};

std::string encode(const Greeting& greeting);

// Takes a greeting from the front of `bytes`: the value and how many bytes it had; nullopt where
// more are needed. Errc::protocol where this is none.
struct ParsedGreeting {
  Greeting greeting;
  std::size_t size;
};
Result<std::optional<ParsedGreeting>> parse_greeting(std::string_view bytes);

// Errc::version with both versions named, unless they can talk.
Result<void> check_compatible(const Greeting& theirs);

}  // namespace libre::wire
