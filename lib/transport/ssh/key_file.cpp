#include "transport/ssh/key_file.hpp"

#include "base/text.hpp"
#include "transport/ssh/ssh_string.hpp"

namespace libre::transport {
namespace {

constexpr std::string_view begin_openssh = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view end_openssh = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic("openssh-key-v1\0", 15);

// Container: magic, cipher, kdf, kdf options, number of keys, public key, private part.
KeyFileFacts look_at_openssh(std::string_view body) {
  std::string base64, bytes;
  for (const auto& line : split_lines(body)) base64 += trim(line);
  if (!base64_decode(base64, bytes) || !std::string_view(bytes).starts_with(magic)) return {};
  std::string_view rest = std::string_view(bytes).substr(magic.size());
  const auto cipher = take_ssh_string(rest);
  const auto kdf = take_ssh_string(rest), options = take_ssh_string(rest);
  const auto count = take_ssh_number(rest);
  const auto key = take_ssh_string(rest);
  if (!cipher || !kdf || !options || !count || !key) return {};
  return {true, *cipher != "none", std::string(*key)};
}

}  // namespace

KeyFileFacts look_at_key_file(std::string_view text) {
  if (const auto begin = text.find(begin_openssh); begin != std::string_view::npos) {
    const auto start = begin + begin_openssh.size();
    const auto end = text.find(end_openssh, start);
    return end == std::string_view::npos ? KeyFileFacts{}
                                         : look_at_openssh(text.substr(start, end - start));
  }
  if (text.find("PRIVATE KEY-----") == std::string_view::npos) return {};
  return {true, text.find("ENCRYPTED") != std::string_view::npos, {}};
}

std::string public_blob_of_line(std::string_view line) {
  const auto words = split(trim(line), ' ');
  std::string blob;
  if (words.size() < 2 || !base64_decode(words[1], blob)) return {};
  return blob;
}

}  // namespace libre::transport
