// The text of ~/.ssh/authorized_keys. Pure.
#pragma once
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::machine {

// The key itself in a line of a public key file: "ssh-ed25519 AAAA…" without its comment. Errc::usage
// where the line is none, or holds more than one line.
Result<std::string> key_of_line(std::string_view line);

// `text` with one line more for the key of `line`; unchanged where a line of it holds that key already,
// whatever its options and comment. Errc::usage as above.
Result<std::string> with_key(std::string_view text, std::string_view line);

}  // namespace libre::machine
