#include "cli/ui/prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include <libre/text.hpp>

#include "cli/signals.hpp"
#include "cli/ui/screen.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

struct RawTerminal::State {
  ::termios before{};
};

RawTerminal::RawTerminal(bool wanted) {
  ::termios now{};
  if (!wanted || ::tcgetattr(STDIN_FILENO, &now) != 0) return;
  state_ = new State{now};
  ::cfmakeraw(&now);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

RawTerminal::~RawTerminal() {
  if (state_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &state_->before);
  delete state_;
}

namespace {

class NoEcho {
 public:
  NoEcho() {
    ok_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    ::termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (ok_) ok_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (ok_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  bool ok() const { return ok_; }

 private:
  ::termios before_{};
  bool ok_ = false;
};

}  // namespace

bool TerminalPrompter::available() { return ::isatty(STDIN_FILENO) == 1; }

// One line from the terminal. Waited for, and not only read: a signal that comes just before a read would
// not end it.
Result<std::string> TerminalPrompter::read_line() {
  std::string text;
  for (;;) {
    char c = 0;
    if (!signals_.wait_readable(STDIN_FILENO)) return Error{Errc::interrupted, "interrupted"};
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return libre::system_error("cannot read the answer", errno);
    if (count == 0) return Error{Errc::interrupted, "no answer was given"};
    if (c == '\n') return text;
    text += c;
  }
}

Result<std::string> TerminalPrompter::secret(const std::string& prompt) {
  if (!available()) return Prompter::secret(prompt);
  const NoEcho silent;
  if (!silent.ok())
    return Error{Errc::denied, "cannot switch off the terminal's echo for a secret"};
  LIBRE_CHECK(screen_.out_to(STDERR_FILENO, libre::printable(prompt)));
  auto answer = read_line();
  LIBRE_CHECK(screen_.out_to(STDERR_FILENO, "\n"));
  return answer;
}

Result<std::string> TerminalPrompter::line(const std::string& prompt) {
  if (!available()) return Prompter::line(prompt);
  LIBRE_CHECK(screen_.out_to(STDERR_FILENO, libre::printable(prompt)));
  return read_line();
}

Result<bool> TerminalPrompter::confirm(const std::string& question) {
  LIBRE_TRY(const std::string answer, line(question + " [y/N] "));
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace cli
