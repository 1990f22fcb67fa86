#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/files.hpp"
#include "helpers.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

// Sends back all that it gets, on a unix socket, until the test ends.
class EchoServer {
 public:
  explicit EchoServer(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~EchoServer() {
    stop_->notify();
    thread_.join();
  }

 private:
  void serve() {
    while (wait_for(listener_.get(), POLLIN, {Deadline::never(), stop_.get()})) {
      FdStream peer(Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
      std::vector<std::byte> buffer(64 * 1024);
      for (;;) {
        const auto got = peer.read(buffer, {Deadline::never(), stop_.get()});
        if (!got || *got == 0) break;
        if (!peer.write(std::span(buffer).first(*got), {Deadline::never(), stop_.get()})) break;
      }
    }
  }
  Fd listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::unique_ptr<Waker> stop_ = std::move(*Waker::create());
  std::thread thread_;
};

// Over a line that can be watched and cut.
struct Proxied {
  Sshd server = Sshd::start();
  TcpProxy proxy{server.port()};
  Client client{};
  std::unique_ptr<SshTransport> transport{};
  Proxied() {
    client.config("Host *\n  StrictHostKeyChecking no\n");
    auto instance = server.instance();
    instance.port = proxy.port();
    auto reached = connect(client, instance);
    REQUIRE_MESSAGE(reached, reached.error().describe());
    transport = std::move(*reached);
  }
};

struct Reached {
  Sshd server;
  Client client{};
  std::unique_ptr<SshTransport> transport{};
  explicit Reached(SshdOptions options = {}) : server(Sshd::start(std::move(options))) {
    client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
    auto reached = connect(client, server.instance());
    if (!reached) FAIL(reached.error().describe());
    transport = std::move(*reached);
  }
  std::string path(const std::string& name) const { return (server.directory() / name).string(); }
};

}  // namespace

TEST_CASE("20 MB go through a unix socket there and back unchanged") {
  Reached reached;
  const EchoServer echo(reached.path("echo"));
  auto stream = reached.transport->open_socket_stream(reached.path("echo"), soon());
  if (!stream) FAIL(stream.error().describe());
  std::string sent(20'000'000, '\0'), got;
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 2654435761u >> 13);
  std::size_t done = 0;
  std::vector<std::byte> buffer(256 * 1024);
  const auto deadline = Deadline::after(std::chrono::seconds(60));
  while (got.size() < sent.size()) {
    REQUIRE_FALSE(deadline.passed());
    const auto put = (*stream)->write_some(as_bytes(std::string_view(sent).substr(done)));
    REQUIRE(put);
    done += *put;
    const auto read = (*stream)->read(buffer, within(std::chrono::milliseconds(*put ? 0 : 100)));
    if (read)
      got += as_text(std::span(buffer).first(*read));
    else
      REQUIRE(read.error().code == Errc::timed_out);
  }
  CHECK(got == sent);
  (*stream)->end_writing();
  CHECK(read_all(**stream).empty());
}

TEST_CASE("a plain write of 5 MB arrives, and streams do not disturb each other") {
  Reached reached;
  auto one = reached.transport->execute("sha256sum", soon());
  auto two = reached.transport->execute("cat", soon());
  REQUIRE(one);
  REQUIRE(two);
  const std::string zeros(5'000'000, '\0');
  REQUIRE((*one)->write(as_bytes(zeros), soon()));
  REQUIRE((*two)->write(as_bytes("between"), soon()));
  (*one)->end_writing();
  (*two)->end_writing();
  CHECK(read_all(**two) == "between");
  CHECK(read_all(**one) == checked_run({"sha256sum"}, zeros));
  CHECK(*(*one)->exit_code(soon()) == 0);
}

TEST_CASE("who reads little at a time holds the server back, and gets all in order") {
  Proxied reached;
  auto stream = reached.transport->execute_interactively("seq 100000000 102499999", {}, soon());
  REQUIRE(stream);
  std::string text;
  std::vector<std::byte> buffer(16 * 1024);
  const auto read = [&] {
    const auto got = (*stream)->read(buffer, soon());
    REQUIRE_MESSAGE(got, got.error().describe());
    text += as_text(std::span(buffer).first(*got));
    return *got > 0;
  };
  // What comes while nobody reads is taken in, as the master does it for its other clients.
  for (int i = 0; i < 60; ++i) {
    REQUIRE(read());
    while (wait_for((*stream)->poll_fd(), POLLIN, within(std::chrono::milliseconds(20))))
      REQUIRE((*stream)->serve());
  }
  CHECK(reached.proxy.bytes_passed() < 5'000'000);
  while (read()) continue;
  REQUIRE(text.size() == 25'000'000);
  bool in_order = true;
  for (int i = 0; i < 2'500'000; ++i)
    in_order = in_order && text.compare(static_cast<std::size_t>(i) * 10, 10,
                                        std::to_string(100'000'000 + i) + "\n") == 0;
  CHECK(in_order);
}

TEST_CASE("a loss that only one stream's writer noticed is heard of by who serves the connection") {
  Proxied reached;
  auto stream = reached.transport->execute_interactively("cat", {}, soon());
  REQUIRE(stream);
  while (reached.transport->has_heard()) REQUIRE(reached.transport->serve());
  reached.proxy.cut_all();
  while ((*stream)->write(as_bytes("text"), soon())) continue;
  CHECK(reached.transport->has_heard());
  CHECK_FALSE(reached.transport->serve());
}

TEST_CASE("a stream tells the shortest round trip that a channel took to open") {
  Proxied reached;
  const auto path = (reached.server.directory() / "echo").string();
  const EchoServer echo(path);
  const auto round_trip = [&](std::chrono::milliseconds one_way) {
    reached.proxy.set_delay(one_way);
    const auto stream = reached.transport->open_socket_stream(path, soon());
    REQUIRE(stream);
    REQUIRE((*stream)->round_trip());
    return *(*stream)->round_trip();
  };
  using std::chrono::milliseconds;
  const auto far = round_trip(milliseconds(150));
  CHECK(far >= milliseconds(300));
  const auto near = round_trip(milliseconds(0));
  CHECK(near < far);
  CHECK(round_trip(milliseconds(150)) == near);
}

TEST_CASE("a command's output, errors and exit code arrive apart") {
  Reached reached;
  auto stream = reached.transport->execute("echo out; echo err >&2; exit 3", soon());
  REQUIRE(stream);
  CHECK(read_all(**stream) == "out\n");
  const auto code = (*stream)->exit_code(soon());
  if (!code) FAIL(code.error().describe());
  CHECK(*code == 3);
  CHECK((*stream)->errors() == "err\n");
  auto killed = reached.transport->execute("kill -9 $$", soon());
  REQUIRE(killed);
  CHECK(read_all(**killed).empty());
  CHECK(*(*killed)->exit_code(soon()) == 137);
}

TEST_CASE("a megabyte of errors does not stop a command, and 64 KiB of it are kept") {
  Reached reached;
  auto stream = reached.transport->execute("head -c 4000000 /dev/zero >&2; echo done", soon());
  REQUIRE(stream);
  CHECK(read_all(**stream) == "done\n");
  CHECK((*stream)->errors().size() == 64 * 1024);
}

TEST_CASE("a socket that nobody serves is refused, and the session goes on") {
  Reached reached;
  const auto stream = reached.transport->open_socket(reached.path("nothing"), soon());
  REQUIRE_FALSE(stream);
  CHECK(stream.error().code == Errc::refused);
  CHECK(output_of(*reached.transport, "echo on") == "on\n");
}

TEST_CASE("a server that forbids forwards is named as the reason") {
  Reached reached({.config = {"AllowStreamLocalForwarding no", "AllowTcpForwarding no"}});
  const EchoServer echo(reached.path("echo"));
  const auto stream = reached.transport->open_socket(reached.path("echo"), soon());
  REQUIRE_FALSE(stream);
  // OpenSSH answers "connect failed" to a forbidden stream-local forward, as to a socket without a server.
  CHECK(stream.error().code == Errc::refused);
  CHECK(stream.error().cause.find("AllowStreamLocalForwarding") != std::string::npos);
  const auto tcp = reached.transport->open_tcp_stream("127.0.0.1", reached.server.port(), soon());
  REQUIRE_FALSE(tcp);
  CHECK(tcp.error().code == Errc::denied);
  CHECK(tcp.error().hint.find("AllowTcpForwarding") != std::string::npos);
}

TEST_CASE("a waker ends a blocked read, a deadline too, and neither harms the stream") {
  Reached reached;
  auto stream = reached.transport->execute("cat", soon());
  REQUIRE(stream);
  const auto waker = std::move(*Waker::create());
  std::thread other([&] { waker->notify(); });
  std::byte buffer[16];
  const auto woken = (*stream)->read(buffer, within(std::chrono::seconds(20), waker.get()));
  other.join();
  REQUIRE_FALSE(woken);
  CHECK(woken.error().code == Errc::interrupted);
  const auto late = (*stream)->read(buffer, within(std::chrono::milliseconds(20)));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::timed_out);
  REQUIRE((*stream)->write(as_bytes("still here"), soon()));
  (*stream)->end_writing();
  CHECK(read_all(**stream) == "still here");
}

TEST_CASE("close from another thread ends a blocked read") {
  Reached reached;
  auto stream = reached.transport->execute("cat", soon());
  REQUIRE(stream);
  std::thread other([&] { (*stream)->close(); });
  std::byte buffer[16];
  const auto read = (*stream)->read(buffer, soon());
  other.join();
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::disconnected);
}

TEST_CASE("a cut connection is told as disconnected") {
  Reached reached;
  auto stream = reached.transport->execute("cat", soon());
  REQUIRE(stream);
  reached.server.cut_connections();
  std::byte buffer[16];
  const auto read = (*stream)->read(buffer, soon());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::disconnected);
  CHECK_FALSE(reached.transport->alive());
  CHECK(reached.transport->execute("true", soon()).error().code == Errc::disconnected);
}

TEST_CASE("streams may outlive their transport") {
  Reached reached;
  auto stream = reached.transport->execute("echo late", soon());
  REQUIRE(stream);
  reached.transport.reset();
  CHECK(read_all(**stream) == "late\n");
}
