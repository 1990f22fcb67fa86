#include "deps/scan/python_tokens.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace libre::deps {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

// What can only begin a statement: a line that begins so is never the inside of a bracket, so the
// bracket before it was left open by mistake.
bool begins_statement(std::string_view word) {
  constexpr std::array<std::string_view, 14> words = {
      "import",  "def",  "class", "return", "raise",    "try", "except",
      "finally", "with", "pass",  "break",  "continue", "del", "global"};
  return std::ranges::find(words, word) != words.end();
}

// The encoding that one of the first two lines names (PEP 263), in lower case.
std::string coding_of(std::string_view source) {
  for (int line = 0; line < 2; ++line) {
    const auto end = source.find('\n');
    const auto text = source.substr(0, end);
    const auto at = text.find("coding");
    if (trim(text).starts_with('#') && at != std::string_view::npos) {
      auto rest = text.substr(at + 6);
      if (rest.starts_with(':') || rest.starts_with('=')) {
        rest = trim(rest.substr(1));
        return to_lower(rest.substr(0, rest.find_first_of(" \t\r-*")));
      }
    }
    if (end == std::string_view::npos) break;
    source.remove_prefix(end + 1);
  }
  return {};
}

bool has_two_byte_letters(const std::string& coding) {
  constexpr std::array<std::string_view, 8> codings = {"shift_jis", "sjis",   "cp932", "gbk",
                                                       "gb18030",   "gb2312", "big5",  "cp949"};
  return std::ranges::find(codings, coding) != codings.end() || coding == "shift";
}

class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {
    if (source_.starts_with("\xef\xbb\xbf")) source_.remove_prefix(3);
    two_byte_ = has_two_byte_letters(coding_of(source_));
  }

  std::vector<Line> read() {
    begin_line();
    while (at_ < source_.size()) step();
    end_line();
    return std::move(lines_);
  }

 private:
  char here(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void advance() {
    if (here() == '\n') ++number_;
    const bool pair = two_byte_ && static_cast<unsigned char>(here()) >= 0x81 && here(1) != '\n';
    at_ += pair ? 2 : 1;
  }

  // At the first character of a physical line that begins a logical one.
  void begin_line() {
    current_ = Line{.number = number_};
    for (; here() == ' ' || here() == '\t' || here() == '\f'; ++at_) {
      if (here() == ' ') ++current_.indent;
      if (here() == '\t') current_.indent = (current_.indent / 8 + 1) * 8;
      if (here() == '\f') current_.indent = 0;
    }
  }
  void end_line() {
    if (!current_.tokens.empty()) lines_.push_back(std::move(current_));
    depth_ = 0;
  }

  void step() {
    const char c = here();
    if (c == '\n') return line_break();
    if (c == '#') {
      while (at_ < source_.size() && here() != '\n') advance();
    } else if (c == '\\' && (here(1) == '\n' || (here(1) == '\r' && here(2) == '\n'))) {
      while (here() != '\n') ++at_;
      advance();
    } else if (is_digit(c)) {
      while (is_name_char(here()) || here() == '.') advance();  // numbers say nothing here
      add(Token::Kind::op, "0");
    } else if (is_name_char(c)) {
      word();
    } else if (c == '"' || c == '\'') {
      literal({});
    } else {
      op(c);
    }
  }

  void line_break() {
    advance();
    if (depth_ > 0) {
      auto first = at_;
      while (first < source_.size() && (source_[first] == ' ' || source_[first] == '\t')) ++first;
      auto last = first;
      while (last < source_.size() && is_name_char(source_[last])) ++last;
      if (!begins_statement(source_.substr(first, last - first))) return;
    }
    end_line();
    begin_line();
  }

  void op(char c) {
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if ((c == ')' || c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\f') add(Token::Kind::op, std::string(1, c));
    ++at_;
  }

  void word() {
    const auto begin = at_;
    while (is_name_char(here())) advance();
    at_ = std::min(at_, source_.size());
    const std::string text(source_.substr(begin, at_ - begin));
    const auto prefix = to_lower(text);
    const bool quote = here() == '"' || here() == '\'';
    if (quote && prefix.size() <= 2 && prefix.find_first_not_of("rbuft") == std::string::npos)
      return literal(prefix);
    add(Token::Kind::name, text);
  }

  void literal(const std::string& prefix) {
    const char quote = here();
    const bool triple = here(1) == quote && here(2) == quote;
    at_ += triple ? 3 : 1;
    const auto begin = at_;
    const bool formatted = prefix.find_first_of("ft") != std::string::npos;
    const bool escapes = skip_literal(quote, triple, formatted);
    const auto size = std::min(at_, source_.size()) - begin;
    Token token{Token::Kind::text, std::string(source_.substr(begin, size))};
    token.plain = !formatted && prefix.find('b') == std::string::npos &&
                  (!escapes || prefix.find('r') != std::string::npos);
    if (current_.tokens.empty()) current_.number = number_;
    current_.tokens.push_back(std::move(token));
    if (here() == quote) at_ += triple ? 3 : 1;
  }

  bool closes(char quote, bool triple) const {
    return here() == quote && (!triple || (here(1) == quote && here(2) == quote));
  }

  // To the closing quote, or where a literal of one line is not closed to the end of that. True where
  // there was a backslash.
  bool skip_literal(char quote, bool triple, bool formatted) {
    bool escapes = false;
    while (at_ < source_.size() && !closes(quote, triple) && (triple || here() != '\n')) {
      if (here() == '\\') {
        escapes = true;
        advance();
        if (at_ < source_.size()) advance();
      } else if (formatted && here() == '{' && here(1) == '{') {
        at_ += 2;
      } else if (formatted && here() == '{') {
        advance();
        field_in(quote, triple);
      } else {
        advance();
      }
    }
    return escapes;
  }

  // Strings in strings go no deeper than anybody writes them: a file must not exhaust the stack.
  void field_in(char quote, bool triple) {
    if (nesting_ >= 32) return;
    ++nesting_;
    skip_field(quote, triple);
    --nesting_;
  }

  // The inside of {…} in a formatted string: an expression, which since Python 3.12 may hold the same
  // quotes, and behind a colon a format, where quotes mean nothing.
  void skip_field(char quote, bool triple) {
    int depth = 0;
    while (at_ < source_.size() && (triple || here() != '\n')) {
      const char c = here();
      if (c == '}' && depth == 0) return advance();
      if (c == ':' && depth == 0) return skip_format(quote, triple);
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (c == '"' || c == '\'') {
        const bool inner_triple = here(1) == c && here(2) == c;
        at_ += inner_triple ? 3 : 1;
        skip_literal(c, inner_triple, at_ > 1 && is_format_prefix());
        if (here() == c) at_ += inner_triple ? 3 : 1;
      } else {
        advance();
      }
    }
  }
  bool is_format_prefix() const {
    const auto before = source_.substr(0, at_).find_last_not_of("\"'");
    return before != std::string_view::npos &&
           std::string_view("fFtT").find(source_[before]) != std::string_view::npos;
  }
  void skip_format(char quote, bool triple) {
    while (at_ < source_.size() && !closes(quote, triple) && (triple || here() != '\n')) {
      if (here() == '}') return advance();
      const bool field = here() == '{';
      advance();
      if (field) field_in(quote, triple);
    }
  }

  void add(Token::Kind kind, std::string text) {
    if (current_.tokens.empty()) current_.number = number_;
    current_.tokens.push_back({kind, std::move(text)});
  }

  std::string_view source_;
  bool two_byte_ = false;
  std::size_t at_ = 0;
  int number_ = 1, depth_ = 0, nesting_ = 0;
  Line current_{};
  std::vector<Line> lines_{};
};

}  // namespace

std::vector<Line> python_lines(std::string_view source) { return Reader(source).read(); }

}  // namespace libre::deps
