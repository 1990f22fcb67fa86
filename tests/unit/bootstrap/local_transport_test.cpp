#include "transport/local.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "base/process.hpp"
#include "base/text.hpp"
#include "support/patience.hpp"

using namespace libre;
using libre::testing::soon;
using namespace libre::transport;

namespace {

std::string read_all(Stream& stream) {
  std::string text;
  std::byte buffer[4096];
  for (;;) {
    const auto size = stream.read(buffer, soon());
    REQUIRE_MESSAGE(size, size.error().describe());
    if (*size == 0) return text;
    text += as_text(std::span(buffer, *size));
  }
}

std::unique_ptr<CommandStream> start(const std::string& command) {
  auto stream = make_local_transport({.shell = "/bin/sh"})->execute(command, soon());
  REQUIRE(stream);
  return std::move(*stream);
}

}  // namespace

TEST_CASE("a local command has its own stdin, stdout, stderr and exit code") {
  const auto command = start("cat; echo oops >&2; exit 3");
  REQUIRE(command->write(as_bytes("hello"), soon()));
  command->end_writing();
  CHECK(read_all(*command) == "hello");
  CHECK(*command->exit_code(soon()) == 3);
  CHECK(command->errors() == "oops\n");
}

TEST_CASE("a command that was killed reports 128 and the signal") {
  const auto command = start("kill -9 $$");
  CHECK(read_all(*command) == "");
  CHECK(*command->exit_code(soon()) == 137);
}

TEST_CASE("megabytes on stderr neither block the command nor are kept") {
  const auto command = start("head -c 2000000 /dev/zero | tr '\\0' x >&2; echo done");
  CHECK(read_all(*command) == "done\n");
  CHECK(command->errors() == std::string(64 * 1024, 'x'));
}

TEST_CASE("destroying the stream ends the command and what it started") {
  auto command = start("sleep 1000 & echo $$ $!; wait");
  std::byte buffer[64];
  const auto size = command->read(buffer, soon());
  REQUIRE(size);
  const auto pids = split(trim(as_text(std::span(buffer, *size))), ' ');
  REQUIRE(pids.size() == 2);
  const auto shell = identify(std::stoi(pids[0])), child = identify(std::stoi(pids[1]));
  REQUIRE(shell);
  REQUIRE(child);
  command.reset();
  CHECK_FALSE(is_alive(*shell));
  const Wait wait = soon();
  while (is_alive(*child) && !wait.deadline.passed()) std::this_thread::yield();
  CHECK_FALSE(is_alive(*child));
}

TEST_CASE("close from another thread wakes a read, a deadline ends one") {
  const auto command = start("sleep 1000");
  std::byte buffer[8];
  const auto early =
      command->read(buffer, {.deadline = Deadline::after(std::chrono::milliseconds(1))});
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Errc::timed_out);
  std::thread closer([&] { command->close(); });
  const auto closed = command->read(buffer, soon());
  closer.join();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == Errc::disconnected);
}

TEST_CASE("a socket that nobody serves and a shell that does not exist are told apart") {
  const auto transport = make_local_transport({.shell = "/no/such/shell"});
  const auto socket = transport->open_socket("/tmp/no-such-socket-of-re", soon());
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == Errc::not_found);
  const auto command = transport->execute("true", soon());
  REQUIRE_FALSE(command);
  CHECK(command.error().code == Errc::not_found);
  CHECK(command.error().message.find("/no/such/shell") != std::string::npos);
}
