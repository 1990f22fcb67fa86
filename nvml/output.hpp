// Lines of words on standard output, without a library.
#pragma once
#include <unistd.h>

namespace nvml {

class Output {
 public:
  Output& word(const char* text) {
    if (begun_) put(' ');
    begun_ = true;
    // A name is somebody else's text: it must not look like a line of ours.
    for (; *text; ++text) put(static_cast<unsigned char>(*text) < ' ' ? '?' : *text);
    return *this;
  }

  Output& number(unsigned long long value) {
    char digits[21];
    char* at = digits + sizeof digits - 1;
    *at = '\0';
    do *--at = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    return word(at);
  }

  void end_line() {
    put('\n');
    begun_ = false;
  }

  // Who reads may be gone; then there is nobody to tell.
  void flush() {
    for (unsigned sent = 0; sent < used_;) {
      const auto put = ::write(1, buffer_ + sent, used_ - sent);
      if (put <= 0) break;
      sent += static_cast<unsigned>(put);
    }
    used_ = 0;
  }

 private:
  void put(char c) {
    if (used_ == sizeof buffer_) flush();
    buffer_[used_++] = c;
  }

  char buffer_[4096]{};
  unsigned used_ = 0;
  bool begun_ = false;
};

}  // namespace nvml
