#include "transport/ssh/config_line.hpp"

#include "base/text.hpp"

namespace libre::transport {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

// Reads one word from the front of `text`, as OpenSSH's argv_split does.
Result<std::string> take_word(std::string_view& text) {
  std::string word;
  char quote = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (next == ' ' && !quote))) {
      word += next;
      ++i;
    } else if (!quote && is_blank(c)) {
      break;
    } else if (!quote && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote && c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (quote) return Error{Errc::config, "a quote is not closed"};
  text.remove_prefix(i);
  return word;
}

}  // namespace

Result<SshConfigLine> parse_ssh_config_line(std::string_view line) {
  SshConfigLine result;
  line = trim(line);
  if (line.empty() || line.front() == '#') return result;
  std::size_t end = 0;
  while (end < line.size() && !is_blank(line[end]) && line[end] != '=') ++end;
  result.keyword = to_lower(line.substr(0, end));
  line = skip_blanks(line.substr(end));
  if (line.starts_with('=')) line = skip_blanks(line.substr(1));
  result.rest = std::string(line);
  while (!line.empty() && line.front() != '#') {
    LIBRE_TRY(auto word, take_word(line));
    result.words.push_back(std::move(word));
    line = skip_blanks(line);
  }
  return result;
}

}  // namespace libre::transport
