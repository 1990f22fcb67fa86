// What a private key file tells without its passphrase. Pure.
#pragma once
#include <string>
#include <string_view>

namespace libre::transport {

struct KeyFileFacts {
  bool is_private_key = false;
  bool encrypted = false;
  std::string public_blob{};  // raw bytes of the public half; "" where the format hides it
};

KeyFileFacts look_at_key_file(std::string_view text);

// The raw public key of one "type base64 comment" line, or "".
std::string public_blob_of_line(std::string_view line);

}  // namespace libre::transport
