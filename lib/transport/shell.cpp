#include "transport/shell.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"

namespace libre::transport {
namespace {

// A signal handler can reach nothing but globals: the one waker that SIGWINCH is to notify.
std::atomic<Waker*> window_changed = nullptr;

extern "C" void on_window_change(int) {
  if (Waker* waker = window_changed.load()) waker->notify();
}

class WindowWatch {
 public:
  static Result<std::unique_ptr<WindowWatch>> start() {
    LIBRE_TRY(auto waker, Waker::create());
    Waker* nobody = nullptr;
    if (!window_changed.compare_exchange_strong(nobody, waker.get()))
      return Error{Errc::exists, "another shell is running on this terminal"};
    return std::unique_ptr<WindowWatch>(new WindowWatch(std::move(waker)));
  }
  ~WindowWatch() {
    ::sigaction(SIGWINCH, &before_, nullptr);
    window_changed.store(nullptr);
  }
  Waker& waker() { return *waker_; }

 private:
  explicit WindowWatch(std::unique_ptr<Waker> waker) : waker_(std::move(waker)) {
    struct sigaction action {};
    action.sa_handler = on_window_change;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGWINCH, &action, &before_);
  }
  std::unique_ptr<Waker> waker_;
  struct sigaction before_ {};
};

// Puts the terminal into raw mode, and back.
class RawTerminal {
 public:
  RawTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  ~RawTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

TerminalSize window_size() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

class Shell {
 public:
  Shell(InteractiveStream& stream, Waker& window, const Wait& wait)
      : stream_(stream), window_(window), wait_(wait) {}

  Result<int> run() {
    for (;;) {
      LIBRE_TRY(const bool open, show_output());
      if (!open) return stream_.exit_code(wait_);
      LIBRE_CHECK(send_input());
      LIBRE_CHECK(wait_for_something());
    }
  }

 private:
  // Writes what came; false at the end of the remote output.
  Result<bool> show_output() {
    const Wait now{Deadline::after(std::chrono::milliseconds(0)), nullptr};
    for (;;) {
      const auto got = stream_.read(buffer_, now);
      const std::string errors = stream_.take_errors();
      if (!errors.empty()) LIBRE_CHECK(put(STDERR_FILENO, errors));
      if (!got && got.error().code == Errc::timed_out) return true;
      if (!got) return got.error();
      if (*got == 0) return false;
      LIBRE_CHECK(put(STDOUT_FILENO, as_text(std::span(buffer_).first(*got))));
    }
  }

  // Our stdout may be a pipe that somebody made non-blocking.
  Result<void> put(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(fd, bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (errno == EAGAIN)
        LIBRE_CHECK(wait_for(fd, POLLOUT, wait_));
      else if (errno != EINTR)
        return system_error("cannot write the shell's output", errno);
    }
    return {};
  }

  Result<void> send_input() {
    while (!input_.empty()) {
      LIBRE_TRY(const auto taken, stream_.write_some(as_bytes(input_)));
      if (taken == 0) return {};
      input_.erase(0, taken);
    }
    if (input_ended_ && !told_end_) {
      stream_.end_writing();
      told_end_ = true;
    }
    return {};
  }

  Result<void> wait_for_something() {
    pollfd fds[4] = {{stream_.poll_fd(), stream_.poll_events(), 0},
                     {input_.empty() && !input_ended_ ? STDIN_FILENO : -1, POLLIN, 0},
                     {window_.fd(), POLLIN, 0},
                     {wait_.waker ? wait_.waker->fd() : -1, POLLIN, 0}};
    const auto turn =
        Deadline::after(std::chrono::seconds(5));  // so that serve() keeps the line alive
    const int ready = ::poll(fds, 4, wait_.deadline.or_earlier(turn).poll_timeout());
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for the terminal", errno);
    if (wait_.waker && wait_.waker->notified()) return Error{Errc::interrupted, "interrupted"};
    if (wait_.deadline.passed()) return Error{Errc::timed_out, "timed out"};
    if (window_.notified()) {
      window_.clear();
      stream_.resize(window_size());
    }
    if (ready > 0 && fds[1].revents) take_input();
    return stream_.serve();
  }

  void take_input() {
    const auto got = ::read(STDIN_FILENO, buffer_, sizeof buffer_);
    if (got > 0)
      input_.append(as_text(std::span(buffer_).first(static_cast<std::size_t>(got))));
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
      input_ended_ = true;
  }

  InteractiveStream& stream_;
  Waker& window_;
  Wait wait_;
  std::byte buffer_[16 * 1024];
  std::string input_;
  bool input_ended_ = false, told_end_ = false;
};

}  // namespace

Result<int> run_shell(Transport& transport, const std::string& command, const Wait& wait) {
  LIBRE_TRY(const auto watch, WindowWatch::start());
  const Wait starting{wait.deadline.or_earlier(Deadline::after(std::chrono::seconds(30))),
                      wait.waker};
  std::optional<Terminal> terminal;
  if (::isatty(STDIN_FILENO) == 1) {
    const char* kind = std::getenv("TERM");
    terminal = Terminal{kind && *kind ? kind : "dumb", window_size()};
  }
  LIBRE_TRY(const auto stream, transport.execute_interactively(command, terminal, starting));
  std::unique_ptr<RawTerminal> raw;
  if (terminal) raw = std::make_unique<RawTerminal>();
  return Shell(*stream, watch->waker(), wait).run();
}

}  // namespace libre::transport
