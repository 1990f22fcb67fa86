// re forward over a real sshd.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>

#include "support/patience.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

std::string spec(int port, int host_port) {
  return fmt::format("{}:localhost:{}", port, host_port);
}

std::string records(const World& world) {
  return world.laptop.re({"forward", "--list", "--json"}).out;
}

}  // namespace

TEST_CASE("a port here leads to one there, until Ctrl-C; several at once") {
  const World world;
  const EchoServer first, second;
  const int port = free_port();
  Running forward(world.laptop,
                  {"forward", spec(port, first.port()), spec(0, second.port()), "--json"});
  REQUIRE(eventually([&] { return contains(forward.out(), "forward\":{"); }));
  CHECK(echoes(port, "to the first"));
  CHECK(first.connections() == 1);
  const auto second_line = forward.out().substr(forward.out().find("\"lines\""));
  const int other = number_in(second_line.substr(second_line.find("},{")), "port");
  CHECK(echoes(other, "to the second"));
  CHECK(second.connections() == 1);
  forward.signal(SIGINT);
  CHECK(forward.wait().code == 0);
  CHECK_THROWS(dial(port));
  CHECK(contains(records(world), "\"forwards\":[]"));
}

TEST_CASE("five hundred connections at once go through one forward, each with its own bytes") {
  const World world;
  const EchoServer echo;
  const int port = world.forward({std::to_string(echo.port())});
  std::vector<std::unique_ptr<FdStream>> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(dial(port));
    REQUIRE(all.back()->write(as_bytes(fmt::format("number {:4}", i)), soon()));
  }
  for (std::size_t i = all.size(); i-- > 0;)
    CHECK(read_exactly(*all[i], 11, soon()).value_or("") == fmt::format("number {:4}", i));
  CHECK(echo.connections() == 500);
}

TEST_CASE("one that does not read, and one that has ended its half, hold up nobody") {
  const World world;
  const EchoServer echo;
  const int port = world.forward({std::to_string(echo.port())});
  const auto stalled = dial(port);
  const std::string piece(256 * 1024, 'x');
  while (stalled->write(as_bytes(piece), {Deadline::after(std::chrono::milliseconds(500))})) {
  }
  for (int i = 0; i < 20; ++i) CHECK(echoes(port, "not held up"));
  const auto half = dial(port);
  REQUIRE(half->write(as_bytes("the last word"), soon()));
  half->end_writing();
  CHECK(read_exactly(*half, 13, soon()).value_or("") == "the last word");
  std::byte more[1];
  CHECK(half->read(more, soon()).value_or(1) == 0);
}

TEST_CASE(
    "the same port answers again after the connection was cut, also to one who came meanwhile") {
  World world;
  const EchoServer echo;
  const int port = world.forward({std::to_string(echo.port())});
  REQUIRE(echoes(port, "before"));
  world.proxy.set_refusing(true);
  world.proxy.cut_all();
  REQUIRE(eventually([&] { return contains(records(world), "\"connected\":false"); }));
  const auto early = dial(port);  // it listens all the time
  REQUIRE(early->write(as_bytes("patience"), soon()));
  world.proxy.set_refusing(false);
  CHECK(read_exactly(*early, 8, soon()).value_or("") == "patience");
  CHECK(echoes(port, "after"));
  CHECK(contains(records(world), "\"connected\":true"));
}

TEST_CASE(
    "a port there leads to one here, though the server forbids ssh -R, and comes back after a "
    "cut") {
  World world({.server = {.config = {"AllowTcpForwarding local"}}});
  const EchoServer echo;
  const int there = world.forward({"--reverse", fmt::format("0:localhost:{}", echo.port())});
  CHECK(echoes(there, "from there"));
  std::vector<std::unique_ptr<FdStream>> all;
  for (int i = 0; i < 50; ++i) all.push_back(dial(there));
  for (const auto& stream : all) REQUIRE(stream->write(as_bytes("many"), soon()));
  for (const auto& stream : all) CHECK(read_exactly(*stream, 4, soon()).value_or("") == "many");
  all.clear();
  world.proxy.cut_all();
  CHECK(eventually([&] {
    try {
      return echoes(there, "from there again", std::chrono::seconds(2));
    } catch (const std::exception&) {
      return false;
    }
  }));
  CHECK(world.laptop.re({"forward", "--stop", std::to_string(there)}).exit.ok());
  CHECK(eventually([&] {
    try {
      (void)dial(there);
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }));
}

TEST_CASE(
    "where the server forbids every forward, connections go through the agent, some at once") {
  const World world({.server = {.config = {"DisableForwarding yes"}}});
  const EchoServer echo;
  const int port = world.forward({std::to_string(echo.port())});
  CHECK(echoes(port, "by the agent"));
  const std::string much = noise(5'000'000);
  auto stream = dial(port);
  std::thread writer([&] {
    CHECK(stream->write(as_bytes(much), soon()));
    stream->end_writing();
  });
  CHECK((read_exactly(*stream, much.size(), soon()).value_or("") == much));
  writer.join();
  stream.reset();
  // More than the ten sessions that a login has: the others wait for their turn.
  std::vector<std::unique_ptr<FdStream>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(dial(port));
    REQUIRE(all.back()->write(as_bytes("turn"), soon()));
    all.back()->end_writing();
  }
  for (auto& one : all) {
    CHECK(read_exactly(*one, 4, soon()).value_or("") == "turn");
    one.reset();
  }
  const int there = world.forward({"--reverse", fmt::format("0:localhost:{}", echo.port())});
  CHECK(echoes(there, "from there"));
  const int named = world.forward({fmt::format("0:no-such-name:{}", echo.port())});
  const auto refused = dial(named);
  std::byte more[1];
  CHECK(refused->read(more, soon()).value_or(1) == 0);
  CHECK(
      eventually([&] { return contains(records(world), "cannot look up the name no-such-name"); }));
}

TEST_CASE("a port that is in use makes way for the next, unless both were given") {
  const World world;
  const EchoServer echo;
  const auto moved = world.laptop.re({"forward", "--run-async", std::to_string(echo.port())});
  REQUIRE(moved.exit.ok());
  CHECK(contains(moved.err, fmt::format("{} is in use here; listening on ", echo.port())));
  const auto fixed = world.laptop.re({"forward", spec(echo.port(), echo.port())});
  CHECK(fixed.exit.code == 1);
  CHECK(contains(fixed.err, fmt::format("port {} is in use here", echo.port())));
  CHECK(contains(fixed.err, "is free: "));
}

TEST_CASE("what is forwarded is listed, and ended by its id, its port, or all of it") {
  const World world;
  const EchoServer echo;
  const auto target = std::to_string(echo.port());
  const int first = world.forward({target}), second = world.forward({target}),
            third = world.forward({target});
  const auto list = world.laptop.re({"forward", "--list"});
  CHECK(contains(list.out, fmt::format("localhost:{} -> localhost:{} on testbox", first, target)));
  CHECK(count_of(list.out, "open") == 3);
  CHECK(world.laptop.re({"forward", "--stop", "1"}).exit.ok());
  CHECK_THROWS(dial(first));
  CHECK(world.laptop.re({"forward", "--stop", std::to_string(second)}).exit.ok());
  CHECK_THROWS(dial(second));
  CHECK(echoes(third, "still there"));
  const auto none = world.laptop.re({"forward", "--stop", std::to_string(first)});
  CHECK(none.exit.code == 1);
  CHECK(contains(none.err, "there is no forward"));
  CHECK(world.laptop.re({"forward", "--stop", "all"}).exit.ok());
  CHECK_THROWS(dial(third));
  CHECK(contains(world.laptop.re({"forward", "--list"}).err, "there is no forward"));
}

TEST_CASE("a forward on this very machine needs no SSH") {
  const World world;
  const EchoServer echo;
  const int port = world.forward({"--instance", "local", std::to_string(echo.port())});
  CHECK(echoes(port, "no SSH"));
  CHECK(echoes(world.forward({"--instance", "local", "--reverse",
                              fmt::format("0:localhost:{}", echo.port())}),
               "there and back"));
}

TEST_CASE("what is no forward, or leads nowhere, is told") {
  const World world;
  const auto bad = world.laptop.re({"forward", "80:x"});
  CHECK(bad.exit.code == 2);
  CHECK(contains(bad.err, "\"80:x\" is no forward"));
  CHECK(world.laptop.re({"forward"}).exit.code == 2);
  CHECK(world.laptop.re({"forward", "--list", "80"}).exit.code == 2);
  const int nobody = free_port(), port = free_port();
  Running forward(world.laptop, {"forward", spec(port, nobody)});
  REQUIRE(eventually([&] { return contains(forward.err(), "-> localhost"); }));
  const auto stream = dial(port);
  std::byte more[1];
  CHECK(stream->read(more, soon()).value_or(1) == 0);
  CHECK(eventually([&] { return contains(forward.err(), "nobody answers at localhost port "); }));
}
