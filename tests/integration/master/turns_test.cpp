// What a command costs through an open shared connection: round trips, counted on the wire.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "master_helpers.hpp"
#include "support/terminal.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// So long a delay that a busy test machine is never slower: what goes out before an answer is one turn.
struct SlowWorld : World {
  SlowWorld() {
    laptop.home.write("work/main.sh", "echo one; echo two; echo three\n");
    laptop.home.write("work/other", "other");
    job = laptop.submit({"sh main.sh"});
    REQUIRE(laptop.re({"log", "-f", job}).exit.ok());
    std::filesystem::remove(laptop.project() / "work.log");
    proxy.set_delay(std::chrono::milliseconds(250));
  }
  Output turns_must_be_one(std::vector<std::string> words) {
    settle();
    Output output;
    const auto verb = words[0];
    CAPTURE(verb);
    CHECK(turns_of([&] { output = laptop.re(std::move(words)); }) == 1);
    CHECK_MESSAGE(output.exit.ok(), output.err);
    return output;
  }
  std::string job;
};

}  // namespace

TEST_CASE("a log is one round trip: a fresh one, one of which a copy is here, and its end") {
  SlowWorld world;
  CHECK(world.turns_must_be_one({"log"}).out == "one\ntwo\nthree\n");
  CHECK(world.laptop.home.read("work/work.log") == "one\ntwo\nthree\n");
  CHECK(world.turns_must_be_one({"log"}).out == "one\ntwo\nthree\n");
  CHECK(world.turns_must_be_one({"log", "-n", "1", world.job}).out == "three\n");
  CHECK(world.turns_must_be_one({"log", "--filter", "t", "-t", "-f"}).out.size() > 10);
}

TEST_CASE("bringing the project and starting a job is one round trip") {
  SlowWorld world;
  world.turns_must_be_one({"async", "true"});
  world.laptop.home.write("work/other", "changed");
  world.turns_must_be_one({"async", "true"});
  CHECK(code_of(world.laptop.mirror()) == code_of(world.laptop.project()));
  world.turns_must_be_one({"async", "--no-rsync", "true"});
}

TEST_CASE("a list is one round trip, and so is the end of a job") {
  SlowWorld world;
  const auto started = world.turns_must_be_one({"async", "--no-rsync", "sleep 555"});
  CHECK(contains(world.turns_must_be_one({"list"}).out, "sleep 555"));
  const auto killed = world.turns_must_be_one({"kill", std::string(trim(started.out))});
  CHECK(contains(killed.err, "is gone"));
  CHECK_FALSE(is_running_there(world.laptop, "sleep 555"));
}

TEST_CASE("staying with a job, to its end, is one round trip") {
  SlowWorld world;
  // The spare stream that replaces ours is made ready a round trip later. Where the job prints after that,
  // a turn is counted that nobody waited for. So the best of some counts.
  std::uint64_t turns = 100;
  for (int i = 0; i < 4 && turns > 1; ++i) {
    world.settle();
    turns = std::min(turns, world.turns_of([&] {
      OnTerminal sync(world.laptop, {"sync", "echo hello; exit 3"});
      CHECK_MESSAGE(sync.shows("hello\r\n"), sync.seen());
      CHECK(sync.end().code == 3);
    }));
  }
  CHECK(turns == 1);
}
