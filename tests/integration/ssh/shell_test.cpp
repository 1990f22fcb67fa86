#include "transport/shell.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/files.hpp"
#include "helpers.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

// Puts other descriptors at 0 and 1 of this process as long as it lives.
class Redirected {
 public:
  Redirected(int in, int out) : in_(::dup(0)), out_(::dup(1)) {
    ::dup2(in, 0);
    ::dup2(out, 1);
  }
  ~Redirected() {
    ::dup2(in_.get(), 0);
    ::dup2(out_.get(), 1);
  }

 private:
  Fd in_, out_;
};

struct Machine {
  Sshd server = Sshd::start();
  Client client{};
  std::unique_ptr<SshTransport> transport{};
  Machine() {
    client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
    auto reached = connect(client, server.instance());
    REQUIRE(reached);
    transport = std::move(*reached);
  }
};

std::string read_until(int fd, const std::string& wanted) {
  std::string text;
  char buffer[4096];
  while (text.find(wanted) == std::string::npos) {
    if (!wait_for(fd, POLLIN, soon())) break;
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

TEST_CASE("a shell whose stdin is no terminal reads it to its end and gives its exit code") {
  Machine machine;
  auto in = std::move(*make_pipe()), out = std::move(*make_pipe());
  REQUIRE(write_all(in.second.get(), "echo \"$((40 + 2))\"; tty; exit 7\n"));
  in.second.reset();
  const auto code = [&] {
    const Redirected redirected(in.first.get(), out.second.get());
    return run_shell(*machine.transport, "", soon());
  }();
  out.second.reset();
  if (!code) FAIL(code.error().describe());
  CHECK(*code == 7);
  const auto text = read_until(out.first.get(), "never");
  CHECK(text.find("42\n") != std::string::npos);
  CHECK(text.find("not a tty") != std::string::npos);
}

TEST_CASE("on a terminal the size is passed on, also when it changes, and the mode comes back") {
  Machine machine;
  int master = -1, slave = -1;
  winsize size{33, 111, 0, 0};
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  const Fd keyboard(master), terminal(slave);
  termios before{}, after{};
  REQUIRE(::tcgetattr(slave, &before) == 0);
  std::string seen;
  std::thread person([&] {
    seen = read_until(master, "33 111");
    size.ws_row = 44;
    ::ioctl(master, TIOCSWINSZ, &size);
    ::kill(::getpid(), SIGWINCH);
    seen += read_until(master, "44 111");
    (void)write_all(master, "\x03");  // Ctrl-C is for the remote side
  });
  const auto code = [&] {
    const Redirected redirected(slave, slave);
    return run_shell(*machine.transport,
                     "sh -c 'trap \"stty size\" WINCH; trap \"exit 5\" INT; stty size; while :; do "
                     "sleep 0.05; done'",
                     soon());
  }();
  person.join();
  if (!code) FAIL(code.error().describe());
  CHECK(*code == 5);
  CHECK(seen.find("44 111") != std::string::npos);
  REQUIRE(::tcgetattr(slave, &after) == 0);
  CHECK(before.c_lflag == after.c_lflag);
  CHECK(before.c_iflag == after.c_iflag);
}

TEST_CASE("a waker ends a shell, and the terminal is as before") {
  Machine machine;
  int master = -1, slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const Fd keyboard(master), terminal(slave);
  termios before{}, after{};
  REQUIRE(::tcgetattr(slave, &before) == 0);
  const auto waker = std::move(*Waker::create());
  std::thread person([&] {
    (void)read_until(master, "ready");
    waker->notify();
  });
  const auto code = [&] {
    const Redirected redirected(slave, slave);
    return run_shell(*machine.transport, "echo ready; exec sleep 60",
                     within(std::chrono::seconds(20), waker.get()));
  }();
  person.join();
  REQUIRE_FALSE(code);
  CHECK(code.error().code == Errc::interrupted);
  REQUIRE(::tcgetattr(slave, &after) == 0);
  CHECK(before.c_lflag == after.c_lflag);
}
