// Quoting for a shell, against a reader of POSIX quotes that knows nothing of how it is done.
#include <optional>

#include "base/text.hpp"
#include "fuzz.hpp"

using namespace libre;

// What sh makes of one word; nullopt where it would expand, split, or not understand it.
static std::optional<std::string> as_sh_reads(std::string_view line) {
  constexpr std::string_view special = " \t\n|&;<>()$`\"*?[#~={}!^";
  std::string word;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') {
      const auto end = line.find('\'', i + 1);
      if (end == std::string_view::npos) return std::nullopt;
      word += line.substr(i + 1, end - i - 1);
      i = end;
    } else if (line[i] == '\\') {
      if (++i == line.size() || line[i] == '\n') return std::nullopt;
      word += line[i];
    } else if (special.find(line[i]) != std::string_view::npos) {
      return std::nullopt;
    } else {
      word += line[i];
    }
  }
  return line.empty() ? std::nullopt : std::optional(word);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto word = text_of(data, size);
  const auto read = as_sh_reads(shell_quote(word));
  must(read && *read == word, "a quoted word is the word");
  for (const char c : printable(word))
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "printable text has no control byte");
  return 0;
}
