// The agent's side, asked over streams of this process.
#include "forward/relay.hpp"

#include <doctest/doctest.h>

#include "base/stream.hpp"
#include "forward/address.hpp"
#include "forward/messages.hpp"
#include "forward/opening.hpp"
#include "forward/serve_forward.hpp"
#include "rpc/connection.hpp"
#include "support/home.hpp"
#include "support/patience.hpp"
#include "support/temporary_directory.hpp"
#include "wire/message.hpp"

using namespace libre;
using namespace libre::forward;
using namespace libre::testing;

namespace {

std::unique_ptr<FdStream> stream_to(Relay& relay) {
  auto pair = std::move(*make_socketpair());
  relay.serve(std::move(pair.second));
  return std::make_unique<FdStream>(std::move(pair.first));
}

std::string request(const StreamRequest& wanted) {
  return std::string(stream_magic) + wire::encode_message(to_json(wanted));
}

// The error of the answer; "" = the stream begins.
std::string answer(Stream& stream) {
  const auto size = wire::message_size(*read_exactly(stream, wire::message_head, soon()));
  const auto text = read_exactly(stream, *size, soon());
  return from_json<Answer>(*text)->error;
}

bool is_closed(Stream& stream) {
  std::byte more[1];
  const auto got = stream.read(more, soon());
  return !got || *got == 0;
}

// An agent with nothing but forwards; each connection has a thread.
struct Agent {
  test::TemporaryDirectory state{};
  std::unique_ptr<Relay> relay = std::move(*Relay::start());
  rpc::Service service{};
  std::vector<std::thread> threads{};
  Agent() { serve_forward(service, *relay, state.path()); }
  ~Agent() {
    for (auto& thread : threads) thread.join();
  }
  rpc::Connection connect() {
    auto pair = std::move(*make_stream_pair());
    threads.emplace_back([this, stream = std::shared_ptr<Stream>(std::move(pair.second))] {
      (void)rpc::serve(*stream, service, Log::nowhere());
    });
    return std::move(*rpc::Connection::open(std::move(pair.first), soon()));
  }
};

// The first event of a hold that has just been sent: the ports.
std::vector<int> ports_of(rpc::Connection& connection, rpc::CallId call) {
  std::vector<int> ports;
  (void)connection.wait_reply(call, soon(), [&](const std::string& header, const std::string&) {
    ports = from_json<HoldEvent>(header)->ports;
    return Result<void>(Error{Errc::interrupted, "enough"});
  });
  return ports;
}

}  // namespace

TEST_CASE("a stream leads to a port, and what cannot be reached is told") {
  const auto relay = std::move(*Relay::start());
  const auto listening = std::move(*listen_tcp({}, 0, false));
  const auto stream = stream_to(*relay);
  // In pieces, as a slow line would bring it.
  for (const char c : request({.host = "localhost", .port = listening.port}))
    REQUIRE(stream->write(as_bytes(std::string_view(&c, 1)), soon()));
  CHECK(answer(*stream).empty());
  FdStream far(Fd(::accept(listening.sockets.front().get(), nullptr, nullptr)));
  REQUIRE(stream->write(as_bytes("ping"), soon()));
  CHECK(*read_exactly(far, 4, soon()) == "ping");
  far.close();
  CHECK(is_closed(*stream));

  const auto named = stream_to(*relay);
  REQUIRE(named->write(as_bytes(request({.host = "db.example", .port = 80})), soon()));
  CHECK(error_from_json(answer(*named)).code == Errc::dns);
  CHECK(is_closed(*named));
  const auto late = stream_to(*relay);
  REQUIRE(late->write(as_bytes(request({.connection = 77})), soon()));
  CHECK(error_from_json(answer(*late)).code == Errc::not_found);
}

TEST_CASE("a stream that begins with nonsense is closed, and the others go on") {
  const auto relay = std::move(*Relay::start());
  for (const std::string& text :
       {std::string(stream_magic) + "\xff\xff\xff\xff",
        std::string(stream_magic) + wire::encode_message("{"),
        std::string(stream_magic) + wire::encode_message(R"({"port":"x"})"), std::string("\xfe")}) {
    const auto stream = stream_to(*relay);
    REQUIRE(stream->write(as_bytes(text), soon()));
    stream->end_writing();
    CHECK(is_closed(*stream));
  }
  CHECK(eventually([&] { return !relay->busy(); }));
}

TEST_CASE("what connects to a port over there is told, and can be fetched once") {
  Agent agent;
  auto connection = agent.connect();
  HoldRequest hold{"key", {{"", 0, false}}};
  const auto call = connection.send("forward.hold", {.header = to_json(hold)}, soon());
  const auto ports = ports_of(connection, *call);
  REQUIRE(ports.size() == 1);
  Opening dialing(numeric_addresses("127.0.0.1", ports.front()));
  REQUIRE(eventually([&] { return dialing.advance().value_or(true); }));
  FdStream there(dialing.take().fd);
  std::uint64_t number = 0;
  (void)connection.wait_reply(*call, soon(), [&](const std::string& header, const std::string&) {
    number = from_json<HoldEvent>(header)->connection;
    return Result<void>(Error{Errc::interrupted, "enough"});
  });
  REQUIRE(number > 0);
  const auto stream = stream_to(*agent.relay);
  REQUIRE(stream->write(as_bytes(request({.connection = number})), soon()));
  CHECK(answer(*stream).empty());
  REQUIRE(there.write(as_bytes("from there"), soon()));
  CHECK(*read_exactly(*stream, 10, soon()) == "from there");
  const auto again = stream_to(*agent.relay);
  REQUIRE(again->write(as_bytes(request({.connection = number})), soon()));
  CHECK(!answer(*again).empty());
}

TEST_CASE("a hold with the same key gets the port of one whose client went without a word") {
  Agent agent;
  auto dead = agent.connect(), alive = agent.connect();
  const auto first =
      dead.send("forward.hold", {.header = to_json(HoldRequest{"key", {{"", 0, false}}})}, soon());
  const auto ports = ports_of(dead, *first);
  REQUIRE(ports.size() == 1);
  const auto second = alive.send(
      "forward.hold", {.header = to_json(HoldRequest{"key", {{"", ports.front(), true}}})}, soon());
  CHECK(ports_of(alive, *second) == ports);
  auto stranger = agent.connect();
  const auto third =
      stranger.send("forward.hold",
                    {.header = to_json(HoldRequest{"other", {{"", ports.front(), true}}})}, soon());
  const auto refused = stranger.wait_reply(*third, soon());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exists);
}
