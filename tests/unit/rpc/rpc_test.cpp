#include <doctest/doctest.h>

#include <thread>

#include "rpc/connection.hpp"
#include "rpc/messages.hpp"
#include "rpc/server.hpp"

using namespace libre;
using namespace libre::rpc;

namespace {

// A served connection in this process; the server thread ends when the client side closes.
struct Pair {
  explicit Pair(const Service& service) {
    auto streams = make_stream_pair();
    server_stream = std::move(streams->second);
    client =
        std::make_unique<Connection>(std::move(*Connection::open(std::move(streams->first), {})));
    server =
        std::thread([this, &service] { outcome = serve(*server_stream, service, Log::nowhere()); });
  }
  ~Pair() {
    client->close();
    server.join();
  }
  std::unique_ptr<Stream> server_stream;
  std::unique_ptr<Connection> client;
  Result<void> outcome;
  std::thread server;
};

Service echo_service() {
  Service service;
  service.on("echo", [](Call& call) -> Result<Answer> {
    return Answer{call.header(), call.body()};
  });
  service.on("fail", [](Call&) -> Result<Answer> {
    return Error{Errc::disk_full, "no space", "the disk is full", "free some"};
  });
  service.on("count", [](Call& call) -> Result<Answer> {
    std::size_t bytes = call.body().size();
    for (;;) {
      LIBRE_TRY(const auto piece, call.read_data());
      if (!piece) return Answer{std::to_string(bytes)};
      bytes += piece->size();
    }
  });
  service.on("tick", [](Call& call) -> Result<Answer> {
    for (int i = 0; i < 3; ++i) LIBRE_CHECK(call.send_event(std::to_string(i), "tock"));
    return Answer{"\"done\""};
  });
  service.on("hang", [](Call& call) -> Result<Answer> {
    (void)wait_for(call.waker().fd(), 1 /*POLLIN*/, {});
    return Error{Errc::interrupted, "cancelled"};
  });
  return service;
}

}  // namespace

TEST_CASE("a request comes back with header and body as the method gave them") {
  const Service service = echo_service();
  Pair pair(service);
  const std::string body("\0\xff bytes", 8);
  const auto id = pair.client->send("echo", {.header = R"({"a":1})", .body = body}, {});
  REQUIRE(id);
  const auto reply = pair.client->wait_reply(*id, {});
  REQUIRE(reply);
  CHECK(reply->header == R"({"a":1})");
  CHECK(reply->body == body);
  CHECK_FALSE(pair.client->peer_version().empty());
}

TEST_CASE("an error crosses the wire whole") {
  const Service service = echo_service();
  Pair pair(service);
  const auto id = pair.client->send("fail", {}, {});
  const auto reply = pair.client->wait_reply(*id, {});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::disk_full);
  CHECK(reply.error().describe() == "no space\n  because: the disk is full\n  try: free some");
}

TEST_CASE("an unknown method is refused and the connection goes on") {
  const Service service = echo_service();
  Pair pair(service);
  const auto bad = pair.client->send("nonsense", {}, {});
  const auto good = pair.client->send("echo", {.header = "7"}, {});
  CHECK(pair.client->wait_reply(*bad, {}).error().code == Errc::unsupported);
  CHECK(pair.client->wait_reply(*good, {})->header == "7");
}

TEST_CASE("pipelined requests are answered in order, and replies may be awaited in any order") {
  const Service service = echo_service();
  Pair pair(service);
  std::vector<CallId> ids;
  for (int i = 0; i < 50; ++i)
    ids.push_back(*pair.client->send("echo", {.header = std::to_string(i)}, {}));
  for (int i = 49; i >= 0; --i)
    CHECK(pair.client->wait_reply(ids[static_cast<std::size_t>(i)], {})->header ==
          std::to_string(i));
}

TEST_CASE("a request that depends on a failed one is not carried out") {
  const Service service = echo_service();
  Pair pair(service);
  const auto first = pair.client->send("fail", {}, {});
  const auto dependent = pair.client->send("echo", {.after = *first}, {});
  const auto independent = pair.client->send("echo", {}, {});
  CHECK_FALSE(pair.client->wait_reply(*first, {}));
  CHECK(pair.client->wait_reply(*dependent, {}).error().code == Errc::interrupted);
  CHECK(pair.client->wait_reply(*independent, {}));
}

TEST_CASE("a body larger than the mailbox streams through") {
  const Service service = echo_service();
  Pair pair(service);
  const auto id = pair.client->send("count", {.body = "abc", .more = true}, {});
  const std::string piece(3'000'000, 'x');
  for (int i = 0; i < 7; ++i) REQUIRE(pair.client->send_data(*id, piece, {}));
  REQUIRE(pair.client->end_data(*id, {}));
  CHECK(pair.client->wait_reply(*id, {})->header == "21000003");
}

TEST_CASE("a method that fails early does not block a client that is still sending") {
  const Service service = echo_service();
  Pair pair(service);
  const auto id = pair.client->send("fail", {.more = true}, {});
  const std::string piece(3'000'000, 'x');
  for (int i = 0; i < 5; ++i) REQUIRE(pair.client->send_data(*id, piece, {}));
  REQUIRE(pair.client->end_data(*id, {}));
  CHECK(pair.client->wait_reply(*id, {}).error().code == Errc::disk_full);
  const auto next = pair.client->send("echo", {.header = "1"}, {});
  CHECK(pair.client->wait_reply(*next, {})->header == "1");
}

TEST_CASE("events arrive before the reply, in order") {
  const Service service = echo_service();
  Pair pair(service);
  const auto id = pair.client->send("tick", {}, {});
  std::string seen;
  const auto reply =
      pair.client->wait_reply(*id, {}, [&](const std::string& header, const std::string& body) {
        seen += header + body;
        return Result<void>();
      });
  REQUIRE(reply);
  CHECK(seen == "0tock1tock2tock");
}

TEST_CASE("a wait that timed out can be taken up again, and a cancel ends the method") {
  const Service service = echo_service();
  Pair pair(service);
  const auto id = pair.client->send("hang", {}, {});
  const auto soon = Wait{.deadline = Deadline::after(std::chrono::milliseconds(20))};
  CHECK(pair.client->wait_reply(*id, soon).error().code == Errc::timed_out);
  REQUIRE(pair.client->cancel(*id, {}));
  CHECK(pair.client->wait_reply(*id, {}).error().code == Errc::interrupted);
}

TEST_CASE("a cancel that overtakes its request is honoured") {
  const Service service = echo_service();
  Pair pair(service);
  const auto hang = pair.client->send("hang", {}, {});
  const auto queued = pair.client->send("echo", {}, {});
  REQUIRE(pair.client->cancel(*queued, {}));
  REQUIRE(pair.client->cancel(*hang, {}));
  CHECK_FALSE(pair.client->wait_reply(*hang, {}));
  CHECK(pair.client->wait_reply(*queued, {}).error().code == Errc::interrupted);
}

TEST_CASE("a client that leaves wakes the method that it waited for") {
  const Service service = echo_service();
  auto pair = std::make_unique<Pair>(service);
  REQUIRE(pair->client->send("hang", {}, {}));
  pair.reset();  // would never return otherwise
}

TEST_CASE("a peer that is no agent is told apart from a broken connection") {
  auto streams = make_stream_pair();
  auto client = Connection::open(std::move(streams->first), {});
  REQUIRE(streams->second->write(as_bytes("SSH-2.0-OpenSSH_9.2\r\n"), {}));
  const auto id = client->send("echo", {}, {});
  CHECK(client->wait_reply(*id, {}).error().code == Errc::protocol);
}

TEST_CASE("another protocol number is refused with both versions named") {
  auto streams = make_stream_pair();
  auto client = Connection::open(std::move(streams->first), {});
  REQUIRE(streams->second->write(as_bytes(wire::encode(wire::Greeting{99, "9.9"})), {}));
  const auto id = client->send("echo", {}, {});
  const auto reply = client->wait_reply(*id, {});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::version);
  CHECK(reply.error().cause.find("9.9") != std::string::npos);
}

TEST_CASE("garbage after the greeting ends the server without harm") {
  const Service service = echo_service();
  auto streams = make_stream_pair();
  std::thread peer([&] {
    (void)streams->first->write(
        as_bytes(wire::encode(wire::Greeting{}) + std::string(4000, '\xee')), {});
    std::byte buffer[256];
    while (streams->first->read(buffer, {}).value_or(0) > 0) {
    }
  });
  (void)serve(*streams->second, service, Log::nowhere());
  streams->second->close();
  peer.join();
}
