// The way out of a terminal that passes every key on, as ssh has it: "~." at the beginning of a line
// detaches, "~~" there is one "~". Pure.
#pragma once
#include <string>
#include <string_view>

namespace libre::client {

class EscapeKeys {
 public:
  // What is for the job of `typed`. A "~" at the beginning of a line waits for the key after it.
  std::string pass(std::string_view typed) {
    std::string out;
    for (const char key : typed) {
      if (asked_) return out;
      if (held_) {
        held_ = false;
        asked_ = key == '.';
        if (asked_) continue;
        if (key != '~') out += '~';
      } else if (line_begins_ && key == '~') {
        held_ = true;
        continue;
      }
      out += key;
      line_begins_ = key == '\r' || key == '\n';
    }
    return out;
  }
  bool detach_asked() const { return asked_; }

 private:
  bool line_begins_ = true, held_ = false, asked_ = false;
};

}  // namespace libre::client
