// A person at a terminal, through a master: the shell, and the questions of a login.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/process.hpp"
#include "master_helpers.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// A `re` on a pseudo terminal of its own.
class OnTerminal {
 public:
  OnTerminal(const Laptop& laptop, std::vector<std::string> words) {
    int keyboard = -1, screen = -1;
    winsize size{33, 111, 0, 0};
    REQUIRE(::openpty(&keyboard, &screen, nullptr, nullptr, &size) == 0);
    keyboard_ = Fd(keyboard);
    const Fd terminal(screen);
    words.insert(words.begin(), built_re().string());
    pid_ = *spawn({.argv = std::move(words),
                   .environment = laptop.home.environment(),
                   .directory = laptop.project(),
                   .in = screen,
                   .out = screen,
                   .err = screen,
                   .new_session = true,
                   .controlling_terminal = true});
  }
  ~OnTerminal() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait_exit(pid_, {});
  }
  OnTerminal(const OnTerminal&) = delete;

  // Whether `text` comes, behind what was looked for before.
  bool shows(const std::string& text) {
    const Deadline limit = Deadline::after(std::chrono::seconds(20));
    char buffer[4096];
    while (seen_.find(text, looked_) == std::string::npos) {
      if (!wait_for(keyboard_.get(), POLLIN, {limit})) return false;
      const auto got = ::read(keyboard_.get(), buffer, sizeof buffer);
      if (got <= 0) return false;
      seen_.append(buffer, static_cast<std::size_t>(got));
    }
    looked_ = seen_.find(text, looked_) + text.size();
    return true;
  }
  void type(std::string_view keys) const {
    REQUIRE(::write(keyboard_.get(), keys.data(), keys.size()) ==
            static_cast<ssize_t>(keys.size()));
  }
  void resize(unsigned short rows, unsigned short columns) const {
    winsize size{rows, columns, 0, 0};
    ::ioctl(keyboard_.get(), TIOCSWINSZ, &size);
  }
  Exit end() {
    (void)shows("a text that nobody shows");  // reads to the end, which lets the program write
    const auto exit = wait_exit(pid_, {Deadline::after(std::chrono::seconds(20))});
    if (!exit) FAIL(seen_);
    pid_ = -1;
    return *exit;
  }
  const std::string& seen() const { return seen_; }

 private:
  Fd keyboard_;
  pid_t pid_ = -1;
  std::string seen_;
  std::size_t looked_ = 0;
};

}  // namespace

TEST_CASE("a shell through a master has a terminal of the right size, and gives its exit code") {
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"rsync"}).exit.ok());
  OnTerminal shell(laptop, {"ssh"});
  shell.type("echo $((40 + 2)) in $(pwd); stty size\n");
  CHECK(shell.shows("42 in " + laptop.mirror().string()));
  CHECK(shell.shows("33 111"));
  shell.resize(44, 99);
  shell.type("stty size; echo oops >&2\n");
  CHECK(shell.shows("44 99"));
  shell.type("exit 5\n");
  CHECK(shell.end().code == 5);
  CHECK(logins(laptop) == 1);
}

TEST_CASE(
    "a password is asked for once on the terminal, and the master has it for the next command") {
  Laptop laptop({.server = {.public_key = false}, .login_shell = "/bin/bash", .password = true});
  const auto config = laptop.home.read(".recompute.conf");
  const auto at = config.find("password = ");
  const auto password = config.substr(at + 11, config.find('\n', at) - at - 11);
  laptop.home.write(".recompute.conf", config.substr(0, at));
  {
    OnTerminal first(laptop, {"list"});
    REQUIRE_MESSAGE(first.shows("password: "), first.seen());
    first.type("wrong\n");
    REQUIRE_MESSAGE(first.shows("password: "), first.seen());
    first.type(password + "\n");
    const auto end = first.end();
    CHECK_MESSAGE(end.ok(), first.seen());
    CHECK_FALSE(contains(first.seen(), password));
  }
  CHECK(masters_of(laptop).size() == 1);
  CHECK(laptop.re({"list"}).exit.ok());
  end_masters(laptop);
  const auto unattended = laptop.re({"list"});
  CHECK(unattended.exit.code == 255);
  CHECK(contains(unattended.err, "nobody could be asked for a password"));
}

TEST_CASE("a login that its person gives up leaves nothing") {
  Laptop laptop({.server = {.public_key = false}, .login_shell = "/bin/bash", .password = true});
  const auto config = laptop.home.read(".recompute.conf");
  laptop.home.write(".recompute.conf", config.substr(0, config.find("password = ")));
  OnTerminal first(laptop, {"list"});
  REQUIRE(first.shows("password: "));
  first.type("\x03");
  CHECK(first.end().code == 130);
  CHECK(eventually([&] { return masters_of(laptop).empty(); }));
  CHECK(socket_of(laptop).empty());
}
