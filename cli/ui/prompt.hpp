// Questions on the terminal. They are asked on stderr and answered on stdin; without a terminal
// there every question is refused.
#pragma once
#include <libre/observer.hpp>

namespace cli {

class Screen;

class TerminalPrompter final : public libre::Prompter {
 public:
  explicit TerminalPrompter(Screen& screen) : screen_(screen) {}
  static bool available();
  libre::Result<std::string> secret(const std::string& prompt) override;
  libre::Result<std::string> line(const std::string& prompt) override;
  libre::Result<bool> confirm(const std::string& question) override;

 private:
  Screen& screen_;
};

// The terminal on stdin passes every key on unread while this lives. Does nothing without one.
class RawTerminal {
 public:
  explicit RawTerminal(bool wanted);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  struct State;
  State* state_ = nullptr;
};

}  // namespace cli
