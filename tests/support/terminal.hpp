// A `re` in front of a person: on a pseudo terminal of its own, with keys, a screen and a size.
#pragma once
#include "support/laptop.hpp"

namespace libre::testing {

struct ScreenSize {
  unsigned short rows = 33, columns = 111;
};

class OnTerminal {
 public:
  // Runs `re` in the laptop's project; killed at the end of the scope. Throws where it cannot.
  OnTerminal(const Laptop& laptop, std::vector<std::string> words, ScreenSize size = {});
  ~OnTerminal();
  OnTerminal(const OnTerminal&) = delete;

  // Whether `text` comes within 20 s, behind what was looked for before.
  bool shows(const std::string& text);
  void type(std::string_view keys) const;
  void resize(ScreenSize size) const;
  // Whether keys are edited as lines and echoed, as a shell leaves its terminal.
  bool edits_lines() const;
  Exit end();                                        // waits for it; throws after 20 s
  const std::string& seen() const { return seen_; }  // all that was looked at

 private:
  bool take(std::chrono::milliseconds limit);  // what is shown next; false where nothing is
  Fd keyboard_;
  Fd screen_;  // kept open, so that the terminal's mode can be looked at when `re` has gone
  pid_t pid_ = -1;
  std::string seen_;
  std::size_t looked_ = 0;
};

}  // namespace libre::testing
