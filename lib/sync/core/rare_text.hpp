// A text that most things do not have: 8 bytes where it is empty, instead of 32.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace libre::sync {

class RareText {
 public:
  RareText() = default;
  RareText(std::string text)  // NOLINT: it is a text
      : text_(text.empty() ? nullptr : std::make_unique<const std::string>(std::move(text))) {}
  RareText(std::string_view text) : RareText(std::string(text)) {}
  RareText(const char* text) : RareText(std::string(text)) {}
  RareText(const RareText& other) : RareText(other.text()) {}
  RareText(RareText&&) noexcept = default;
  RareText& operator=(const RareText& other) { return *this = RareText(other.text()); }
  RareText& operator=(RareText&&) noexcept = default;
  ~RareText() = default;

  const std::string& text() const {
    static const std::string empty;
    return text_ ? *text_ : empty;
  }
  bool empty() const { return !text_; }
  friend bool operator==(const RareText& a, const RareText& b) { return a.text() == b.text(); }

 private:
  std::unique_ptr<const std::string> text_;  // never empty
};

}  // namespace libre::sync
