#include "machine/authorized_keys.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace libre::machine {
namespace {

Error no_key() {
  return {Errc::usage, "this is no public key",
          "a line of a public key file begins with its type and the key in base64",
          "give the file that ends in .pub"};
}

// The type's name stands once more at the beginning of the key itself (RFC 4253, section 6.6).
bool names_its_type(std::string_view type, std::string_view base64) {
  std::string blob;
  if (!base64_decode(base64, blob) || blob.size() < 4 + type.size()) return false;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(blob[at]); };
  const std::size_t size = std::size_t{byte(0)} << 24 | std::size_t{byte(1)} << 16 |
                           std::size_t{byte(2)} << 8 | std::size_t{byte(3)};
  return size == type.size() && blob.compare(4, size, type) == 0;
}

std::string_view next_word(std::string_view& text) {
  text = trim(text);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace

Result<std::string> key_of_line(std::string_view line) {
  line = trim(line);
  const bool control = std::any_of(
      line.begin(), line.end(), [](unsigned char c) { return std::iscntrl(c) != 0 && c != '\t'; });
  if (control) return no_key();
  const auto type = next_word(line);
  const auto key = next_word(line);
  if (type.empty() || !names_its_type(type, key)) return no_key();
  return std::string(type) + " " + std::string(key);
}

Result<std::string> with_key(std::string_view text, std::string_view line) {
  LIBRE_TRY(const std::string wanted, key_of_line(line));
  for (const auto& present : split_lines(text)) {
    // Options may stand before the type, and hold spaces in quotes: the key is looked for as it is.
    const auto at = present.find(wanted);
    if (at == std::string::npos || trim(present).starts_with('#')) continue;
    const auto end = at + wanted.size();
    const bool begins = at == 0 || present[at - 1] == ' ' || present[at - 1] == '\t';
    const bool ends = end == present.size() || present[end] == ' ' || present[end] == '\t';
    if (begins && ends) return std::string(text);
  }
  std::string result(text);
  if (!result.empty() && !result.ends_with('\n')) result += '\n';
  return result + std::string(trim(line)) + "\n";
}

}  // namespace libre::machine
