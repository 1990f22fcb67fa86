// Python source as words, well enough to find its imports. Pure.
//
// Tolerant on purpose: what CPython would refuse (Python 2, a file in the middle of an edit, a bracket that
// is never closed) still gives the words that are there. Nothing is evaluated.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace libre::deps {

struct Token {
  enum class Kind { name, text, op };
  Kind kind = Kind::op;
  std::string text{};  // of a string literal: what stands between its quotes, escapes as they are
  bool plain =
      false;  // a string literal that means exactly `text`: no escapes, not formatted, no bytes
  bool is(std::string_view op) const { return kind != Kind::text && text == op; }
};

// A logical line: physical ones joined by brackets, backslashes and multi-line strings.
struct Line {
  std::vector<Token> tokens{};  // never empty
  int number = 0;               // of its first physical line, from 1
  int indent = 0;               // columns, a tab reaches to the next multiple of 8
};

// Accepts a UTF-8 byte order mark and any encoding that leaves ASCII as it is; the two-byte encodings of
// East Asia are known by their coding line (PEP 263), because a second byte there may look like a quote.
std::vector<Line> python_lines(std::string_view source);

}  // namespace libre::deps
