#include "probe/number.hpp"

#include <charconv>
#include <cstdlib>
#include <string>

#include "base/text.hpp"

namespace libre::probe {

std::optional<double> number(std::string_view text) {
  // Only what a number may begin with: strtod would take "nan", "inf" and hexadecimal digits too.
  const std::string word(trim(text));
  if (word.empty() || word[0] < '0' || word[0] > '9' || word.starts_with("0x")) return std::nullopt;
  return std::strtod(word.c_str(), nullptr);
}

std::optional<std::uint64_t> whole(std::string_view text) {
  text = trim(text);
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    return std::nullopt;
  return value;
}

}  // namespace libre::probe
