#include "cli/ui/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <libre/text.hpp>

#include "cli/ui/json.hpp"
#include "cli/ui/table.hpp"

namespace cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::size_t terminal_width(int fd) {
  ::winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

libre::Result<void> write_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // somebody made our terminal non-blocking
      ::pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return libre::system_error("cannot write the output", errno);
    }
  }
  return {};
}

// Talk that nobody reads is no failure.
void say(std::string_view text) { (void)write_bytes(STDERR_FILENO, text).has_value(); }

}  // namespace

Screen::Screen() : out_terminal_(::isatty(STDOUT_FILENO)), err_terminal_(::isatty(STDERR_FILENO)) {}
Screen::~Screen() { clear_progress(); }

std::size_t Screen::width() const { return out_terminal_ ? terminal_width(STDOUT_FILENO) : 0; }
bool Screen::colour() const { return wants_colour(settings_.color, out_terminal_, variable); }
std::string Screen::paint(std::string_view text, Colour colour_wanted) const {
  return coloured(text, colour_wanted, colour());
}
std::string Screen::paint_talk(std::string_view text, Colour colour_wanted) const {
  return coloured(text, colour_wanted, wants_colour(settings_.color, err_terminal_, variable));
}

libre::Result<void> Screen::out(std::string_view text) { return out_to(STDOUT_FILENO, text); }
libre::Result<void> Screen::out_to(int fd, std::string_view bytes) {
  clear_progress();
  return write_bytes(fd, bytes);
}

void Screen::talk(std::string_view line) {
  if (settings_.quiet) return;
  clear_progress();
  say(std::string(line) + "\n");
}

void Screen::standing_line(std::string_view line) {
  what_.clear();  // the work is done: the next bar is another one
  if (!err_terminal_) return talk(line);
  if (settings_.quiet) return;
  say("\r\x1b[K" + truncated(line, terminal_width(STDERR_FILENO) - 1));
  bar_shown_ = true;
}

void Screen::error(const libre::Error& error) {
  clear_progress();
  if (settings_.json) {
    const std::string code = name_of(error.code);
    say("{\"error\":{\"code\":" + json_string(code) +
        ",\"message\":" + json_string(libre::printable(error.message)) +
        ",\"cause\":" + json_string(libre::printable(error.cause)) +
        ",\"hint\":" + json_string(libre::printable(error.hint)) + "}}\n");
    return;
  }
  std::string text = paint_talk("re: ", Colour::red) + libre::printable(error.message) + "\n";
  if (!error.cause.empty()) text += "  because: " + libre::printable(error.cause) + "\n";
  if (!error.hint.empty()) text += "  try: " + libre::printable(error.hint) + "\n";
  say(text);
}

void Screen::status(const std::string& text) {
  if (settings_.verbose) talk(paint_talk(libre::printable(text), Colour::dim));
}

void Screen::notice(const std::string& text) {
  talk(paint_talk("note: ", Colour::yellow) + libre::printable(text));
}

void Screen::progress(const libre::Progress& progress) {
  if (!err_terminal_ || settings_.quiet || settings_.json) return;
  if (progress.over) {
    what_.clear();  // the next one begins anew, whatever it is called
    return clear_progress();
  }
  if (progress.what != what_) clock_.restart();
  what_ = progress.what;
  const auto now = std::chrono::steady_clock::now();
  if (!clock_.due(now)) return;
  say("\r\x1b[K" + render_progress(progress, progress.seconds_before + clock_.seconds(now),
                                   terminal_width(STDERR_FILENO) - 1));
  bar_shown_ = true;
}

void Screen::outage(const libre::Outage& outage) {
  if (!err_terminal_ || settings_.quiet || settings_.json) return;
  if (outage.over) return clear_progress();
  say("\r\x1b[K" + render_outage(outage, terminal_width(STDERR_FILENO) - 1));
  bar_shown_ = true;
}

void Screen::clear_progress() {
  if (bar_shown_) say("\r\x1b[K");
  bar_shown_ = false;
}

}  // namespace cli
