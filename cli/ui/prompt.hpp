// Questions on the terminal. They are asked on stderr and answered on stdin; without a terminal
// there every question is refused. Ctrl-C ends one with Errc::interrupted.
#pragma once
#include <libre/observer.hpp>

namespace cli {

class Screen;
class Signals;

class TerminalPrompter final : public libre::Prompter {
 public:
  TerminalPrompter(Screen& screen, Signals& signals) : screen_(screen), signals_(signals) {}
  static bool available();
  libre::Result<std::string> secret(const std::string& prompt) override;
  libre::Result<std::string> line(const std::string& prompt) override;
  libre::Result<bool> confirm(const std::string& question) override;

 private:
  libre::Result<std::string> read_line();
  Screen& screen_;
  Signals& signals_;
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
