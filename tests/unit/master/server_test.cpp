// The master's loop over a machine that the test plays itself.
#include "master/server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "fake_machine.hpp"
#include "master/master_transport.hpp"
#include "master/message_io.hpp"
#include "support/home.hpp"
#include "support/patience.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::master;

namespace {

// A master in a thread of its own, which ends by `stop`.
struct Master {
  test::TemporaryDirectory directory{};
  FakeMachine machine{};
  std::unique_ptr<Server> server{};
  std::thread thread{};
  std::atomic<bool> ended = false;

  explicit Master(ServerOptions options = {}) {
    options.socket = Place{directory.path()}.socket();
    server = std::move(*Server::open(machine, std::move(options)));
  }
  ~Master() {
    if (!ended) (void)ask_for({.verb = Verb::stop});
    if (thread.joinable()) thread.join();
  }
  void start() {
    thread = std::thread([this] {
      (void)server->run();
      server.reset();
      ended = true;
    });
  }
  std::unique_ptr<FdStream> connect() const {
    auto stream = connect_unix(Place{directory.path()}.socket().string(), soon());
    if (!stream) FAIL(stream.error().describe());
    return std::move(*stream);
  }
  Result<Reply> ask_for(const Request& request) const {
    LIBRE_TRY(const auto stream, connect_unix(Place{directory.path()}.socket().string(), soon()));
    return ask(*stream, request, soon());
  }
  std::unique_ptr<FdStream> open(const Request& request) const {
    auto stream = connect();
    const auto reply = ask(*stream, request, soon());
    if (!reply) FAIL(reply.error().describe());
    return stream;
  }
};

std::string read_exactly(Stream& stream, std::size_t size) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = stream.read(std::as_writable_bytes(std::span(text).subspan(filled)), soon());
    if (!got) FAIL(got.error().describe());
    if (*got == 0) break;
    filled += *got;
  }
  return text.substr(0, filled);
}

const Request to_agent{.verb = Verb::agent, .path = "/agent"};

}  // namespace

TEST_CASE("a stream through the master tells the machine's round trip, where that is known") {
  using Seen = std::optional<std::chrono::nanoseconds>;
  for (const Seen seen : {Seen(), Seen(std::chrono::milliseconds(30))}) {
    Master master;
    master.machine.seen_round_trip = seen;
    master.start();
    const auto way = make_master_transport({master.directory.path()}, "you@far", nullptr);
    const auto stream = way->open_socket("/agent", soon());
    REQUIRE(stream);
    CHECK((*stream)->round_trip() == seen);
    const auto command = way->execute("true", soon());
    REQUIRE(command);
    CHECK((*command)->round_trip() == seen);
  }
}

TEST_CASE("two spare streams are open before anybody asks, and each one taken is replaced") {
  Master master({.agent_socket = "/agent"});
  CHECK(master.machine.opened() == 3);  // and the command that hurries the server
  REQUIRE(master.machine.far_end(0).write(as_bytes("greeting"), soon()));
  master.start();
  const auto first = master.open(to_agent);
  CHECK(read_exactly(*first, 8) == "greeting");
  const auto second = master.open(to_agent);
  for (const auto& stream : {first.get(), second.get()})
    REQUIRE(stream->write(as_bytes("request"), soon()));
  CHECK(eventually([&] {
    const auto status = master.ask_for({.verb = Verb::status});
    return status && status->status->streams == 2 && status->status->spares == 2;
  }));
  CHECK(master.machine.opened() == 5);
}

TEST_CASE("a spare whose agent has left is not given to anybody") {
  Master master({.agent_socket = "/agent"});
  master.machine.far_end(0).close();
  master.start();
  const auto stream = master.open(to_agent);
  REQUIRE(master.machine.far_end(1).write(as_bytes("alive"), soon()));
  CHECK(read_exactly(*stream, 5) == "alive");
}

TEST_CASE("an opening that hangs or fails holds up nobody") {
  Master master;
  master.machine.hanging = {"/hangs"};
  master.machine.forbidden = {"/forbidden"};
  master.start();
  const auto hung = master.connect();
  REQUIRE(send(*hung, Request{.verb = Verb::agent, .path = "/hangs"}, soon()));
  const auto refused = master.ask_for({.verb = Verb::agent, .path = "/forbidden"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
  const auto tcp = master.open({.verb = Verb::tcp, .host = "there", .port = 80});
  const auto far = master.machine.opened() - 1;
  REQUIRE(tcp->write(as_bytes("ping"), soon()));
  CHECK(read_exactly(master.machine.far_end(far), 4) == "ping");
}

TEST_CASE("a crowd of connections is let in by and by, and nobody is forgotten") {
  Master master;
  master.start();
  std::vector<std::unique_ptr<FdStream>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(master.connect());
    REQUIRE(send(*all.back(), Request{.verb = Verb::tcp, .host = "there", .port = 80}, soon()));
  }
  for (const auto& stream : all) CHECK(receive<Reply>(*stream, soon()));
  CHECK(master.machine.opened() == 200);
}

TEST_CASE("a client that does not read is held back, and the others go on") {
  Master master;
  master.start();
  const auto stalled = master.open({.verb = Verb::tcp});
  auto& source = master.machine.far_end(0);
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  // Goes on until nobody takes any more: the master's buffer, and those of two sockets.
  while (source.write(as_bytes(piece), {Deadline::after(std::chrono::milliseconds(300))}))
    sent += piece.size();
  CHECK(sent < 4'000'000);
  const auto other = master.open({.verb = Verb::tcp});
  for (int i = 0; i < 20; ++i) {
    REQUIRE(other->write(as_bytes("ping"), soon()));
    CHECK(read_exactly(master.machine.far_end(1), 4) == "ping");
    REQUIRE(master.machine.far_end(1).write(as_bytes("pong"), soon()));
    CHECK(read_exactly(*other, 4) == "pong");
  }
  CHECK(read_exactly(*stalled, sent) == std::string(sent, 'x'));
}

TEST_CASE("the end of either direction is passed on, and bytes before it are not lost") {
  Master master;
  master.start();
  const auto stream = master.open({.verb = Verb::tcp});
  auto& far = master.machine.far_end(0);
  const std::string much(1'000'000, 'u');
  std::thread writer([&] {
    CHECK(stream->write(as_bytes(much), soon()));
    stream->end_writing();
  });
  CHECK(read_exactly(far, much.size() + 1) == much);  // and then the end
  writer.join();
  REQUIRE(far.write(as_bytes("answer"), soon()));
  far.end_writing();
  CHECK(read_exactly(*stream, 7) == "answer");
}

TEST_CASE("what a client sent before it left arrives") {
  Master master;
  master.start();
  {
    const auto stream = master.open({.verb = Verb::tcp});
    REQUIRE(stream->write(as_bytes("last words"), soon()));
  }
  CHECK(read_exactly(master.machine.far_end(0), 11) == "last words");
}

TEST_CASE("a command has its input, outputs, window and exit code apart") {
  Master master;
  master.start();
  const auto transport = make_master_transport({master.directory.path()}, "me@there", nullptr);
  const auto command = transport->execute_interactively("cat", transport::Terminal{}, soon());
  REQUIRE(command);
  auto& far = master.machine.far_end(0);
  REQUIRE((*command)->write(as_bytes("in"), soon()));
  CHECK(read_exactly(far, 2) == "in");
  REQUIRE(far.write(as_bytes("out"), soon()));
  CHECK(read_exactly(**command, 3) == "out");
  CHECK((*command)->errors() == "stderr");
  (*command)->resize({111, 33});
  (*command)->end_writing();
  CHECK(read_exactly(far, 1).empty());
  far.end_writing();
  CHECK(read_exactly(**command, 1).empty());
  CHECK(*(*command)->exit_code(soon()) == 3);
  CHECK((*command)->errors() == "stderr111x33");
}

TEST_CASE("a master leaves after its idle time, at `stop`, and when the machine has gone") {
  SUBCASE("idle") {
    Master master({.idle_limit = std::chrono::milliseconds(50)});
    master.start();
    master.thread.join();
    CHECK(master.ended);
    CHECK_FALSE(std::filesystem::exists(Place{master.directory.path()}.socket()));
  }
  SUBCASE("stop") {
    Master master;
    master.start();
    const auto stream = master.open({.verb = Verb::tcp});
    CHECK(master.ask_for({.verb = Verb::stop}));
    master.thread.join();
    CHECK(read_exactly(*stream, 1).empty());
  }
  SUBCASE("gone") {
    Master master;
    master.start();
    const auto stream = master.open({.verb = Verb::tcp});
    master.machine.dead = true;
    REQUIRE(stream->write(as_bytes("x"), soon()));  // wakes it
    std::byte nothing[1];
    const auto got = stream->read(nothing, soon());  // the end, or a reset: one byte may lie unread
    CHECK((got ? *got == 0 : got.error().code == Errc::disconnected));
    master.thread.join();
    CHECK(master.ended);
  }
}

TEST_CASE("nonsense on the socket ends that client only") {
  Master master;
  master.start();
  for (const std::string& nonsense : {std::string("GET / HTTP/1.1\r\n\r\n"), encode_message("{{{"),
                                      std::string("\xff\xff\xff\xff")}) {
    const auto stream = master.connect();
    REQUIRE(stream->write(as_bytes(nonsense), soon()));
    CHECK(read_exactly(*stream, 1).empty());
  }
  CHECK(master.ask_for({}));
}
