#include "support/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <stdexcept>

#include "base/process.hpp"

namespace libre::testing {
namespace {

constexpr auto patience = std::chrono::seconds(20);
constexpr auto moment = std::chrono::milliseconds(5);

}  // namespace

OnTerminal::OnTerminal(const Laptop& laptop, std::vector<std::string> words, ScreenSize size) {
  int keyboard = -1, screen = -1;
  const winsize window{size.rows, size.columns, 0, 0};
  if (::openpty(&keyboard, &screen, nullptr, nullptr, &window) != 0)
    throw std::runtime_error("there is no pseudo terminal");
  keyboard_ = Fd(keyboard);
  screen_ = Fd(screen);
  for (const int fd : {keyboard, screen}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  words.insert(words.begin(), built_re().string());
  auto pid = spawn({.argv = std::move(words),
                    .environment = laptop.home.environment(),
                    .directory = laptop.project(),
                    .in = screen,
                    .out = screen,
                    .err = screen,
                    .new_session = true,
                    .controlling_terminal = true});
  if (!pid) throw std::runtime_error(pid.error().describe());
  pid_ = *pid;
}

OnTerminal::~OnTerminal() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  (void)wait_exit(pid_, {});
}

bool OnTerminal::take(std::chrono::milliseconds limit) {
  if (!wait_for(keyboard_.get(), POLLIN, {Deadline::after(limit)})) return false;
  char buffer[4096];
  const auto got = ::read(keyboard_.get(), buffer, sizeof buffer);
  if (got > 0) seen_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

bool OnTerminal::shows(const std::string& text) {
  const Deadline limit = Deadline::after(patience);
  while (seen_.find(text, looked_) == std::string::npos)
    if (!take(moment) && limit.passed()) return false;
  looked_ = seen_.find(text, looked_) + text.size();
  return true;
}

void OnTerminal::type(std::string_view keys) const {
  if (::write(keyboard_.get(), keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("the terminal takes no keys");
}

void OnTerminal::resize(ScreenSize size) const {
  const winsize window{size.rows, size.columns, 0, 0};
  ::ioctl(keyboard_.get(), TIOCSWINSZ, &window);
}

bool OnTerminal::edits_lines() const {
  termios mode{};
  return ::tcgetattr(screen_.get(), &mode) == 0 && (mode.c_lflag & (ICANON | ECHO)) != 0;
}

Exit OnTerminal::end() {
  const Deadline limit = Deadline::after(patience);
  for (;;) {
    while (take(moment)) {  // or it could not write, and would not come to its end
    }
    const auto exit = wait_exit(pid_, {Deadline::after(moment)});
    if (!exit && limit.passed())
      throw std::runtime_error("re does not end; its terminal shows: " + seen_);
    if (!exit) continue;
    pid_ = -1;
    while (take(std::chrono::milliseconds(0))) {
    }
    return *exit;
  }
}

}  // namespace libre::testing
