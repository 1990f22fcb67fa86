#include "sync/core/wildmatch.hpp"

#include <cctype>
#include <cstring>

namespace libre::sync {
namespace {

// The last two end a search early: without them a pattern with many stars takes exponential time.
enum class Outcome { match, no_match, abort_all, abort_to_double_star };

// Follows wildmatch.c of git step by step, so that its odd corners are the same here.
class Matcher {
 public:
  Matcher(std::string_view pattern, std::string_view text, WildOptions options)
      : pattern_(pattern), text_(text), options_(options) {}

  Outcome match(std::size_t p, std::size_t t) const {
    const std::size_t begin = p;
    for (; p < pattern_.size(); ++p, ++t) {
      const unsigned char want = at(p);
      if (t >= text_.size() && want != '*') return Outcome::abort_all;
      if (want == '*') return match_star(begin, p, t);
      if (want == '[') {
        const auto outcome = match_class(p, fold(text_[t]));
        if (outcome != Outcome::match) return outcome;
        continue;
      }
      if (want == '?') {
        if (options_.path && text_[t] == '/') return Outcome::no_match;
        continue;
      }
      if (want == '\\') ++p;
      if (fold(text_[t]) != at(p)) return Outcome::no_match;
    }
    return t < text_.size() ? Outcome::no_match : Outcome::match;
  }

 private:
  unsigned char fold(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return options_.ignore_case && byte < 128 ? static_cast<unsigned char>(std::tolower(byte))
                                              : byte;
  }
  // 0 beyond the end, as in a C string: patterns hold no NUL.
  unsigned char at(std::size_t p) const { return p < pattern_.size() ? fold(pattern_[p]) : '\0'; }
  bool slash_from(std::size_t t) const { return text_.find('/', t) != std::string_view::npos; }

  Outcome match_star(std::size_t begin, std::size_t p, std::size_t t) const {
    bool cross = !options_.path;  // may the star match slashes?
    const std::size_t star = p++;
    if (at(p) == '*') {
      while (at(p) == '*') ++p;
      const bool starts = star == begin || at(star - 1) == '/';
      const bool ends = at(p) == '\0' || at(p) == '/' || (at(p) == '\\' && at(p + 1) == '/');
      if (options_.path && starts && ends) {
        if (at(p) == '/' && match(p + 1, t) == Outcome::match) return Outcome::match;
        cross = true;
      }
    }
    if (at(p) == '\0')
      return !cross && slash_from(t) ? Outcome::abort_to_double_star : Outcome::match;
    if (!cross && at(p) == '/') {
      const auto slash = text_.find('/', t);
      return slash == std::string_view::npos ? Outcome::abort_all : match(p + 1, slash + 1);
    }
    for (; t < text_.size(); ++t) {
      const auto outcome = match(p, t);
      if (outcome != Outcome::no_match) {
        if (!cross || outcome != Outcome::abort_to_double_star) return outcome;
      } else if (!cross && text_[t] == '/') {
        return Outcome::abort_to_double_star;
      }
    }
    return Outcome::abort_all;
  }

  // p is at '['; on a match it is left at the closing ']'.
  Outcome match_class(std::size_t& p, unsigned char c) const {
    unsigned char item = at(++p);
    const bool negated = item == '!' || item == '^';
    if (negated) item = at(++p);
    bool matched = false;
    unsigned char previous = 0;
    do {
      if (item == 0) return Outcome::abort_all;
      if (item == '\\') {
        item = at(++p);
        if (item == 0) return Outcome::abort_all;
        matched |= c == item;
      } else if (item == '-' && previous && at(p + 1) && at(p + 1) != ']') {
        item = at(++p);
        if (item == '\\') item = at(++p);
        if (item == 0) return Outcome::abort_all;
        matched |= c >= previous && c <= item;
        item = 0;
      } else if (item == '[' && at(p + 1) == ':') {
        const auto name = p + 2;
        const auto close = pattern_.find(']', name);
        if (close == std::string_view::npos) return Outcome::abort_all;
        if (close == name || at(close - 1) != ':') {
          matched |= c == '[';  // no ":]": an ordinary set
        } else {
          const int named = in_named_class(pattern_.substr(name, close - 1 - name), c);
          if (named < 0) return Outcome::abort_all;
          matched |= named > 0;
          p = close;
          item = 0;
        }
      } else {
        matched |= c == item;
      }
      previous = item;
      item = at(++p);
    } while (item != ']');
    return matched == negated || (options_.path && c == '/') ? Outcome::no_match : Outcome::match;
  }

  int in_named_class(std::string_view name, unsigned char c) const {
    if (c >= 128) c = 0x80;
    if (name == "alnum") return std::isalnum(c) != 0;
    if (name == "alpha") return std::isalpha(c) != 0;
    if (name == "blank") return c == ' ' || c == '\t';
    if (name == "cntrl") return std::iscntrl(c) != 0;
    if (name == "digit") return std::isdigit(c) != 0;
    if (name == "graph") return std::isgraph(c) != 0;
    if (name == "lower") return std::islower(c) != 0;
    if (name == "print") return std::isprint(c) != 0;
    if (name == "punct") return std::ispunct(c) != 0;
    if (name == "space") return std::isspace(c) != 0;
    if (name == "upper")
      return std::isupper(c) != 0 || (options_.ignore_case && std::islower(c) != 0);
    if (name == "xdigit") return std::isxdigit(c) != 0;
    return -1;
  }

  std::string_view pattern_, text_;
  WildOptions options_;
};

}  // namespace

bool wild_match(std::string_view pattern, std::string_view text, WildOptions options) {
  return Matcher(pattern, text, options).match(0, 0) == Outcome::match;
}

}  // namespace libre::sync
