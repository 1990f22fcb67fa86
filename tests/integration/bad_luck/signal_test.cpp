// Ctrl-C: what ends, what goes on, and what is said.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/tcp_proxy.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

TEST_CASE(
    "Ctrl-C on a followed log ends it with 130, tells the way back, and leaves the job running") {
  const World world;
  const auto job = world.laptop.submit({"echo begun; sleep 555"});
  for (const std::string follow : {"-f", "--loop=30"}) {
    CAPTURE(follow);
    Running log(world.laptop, {"log", follow, job});
    REQUIRE(eventually([&] { return log.out() == "begun\n"; }));
    log.signal(SIGINT);
    CHECK(log.wait().code == 130);
    CHECK(contains(log.err(), "re log -f " + job));
  }
  CHECK(is_running_there(world.laptop, "sleep 555"));
  CHECK(world.laptop.re({"kill", job}).exit.ok());
}

TEST_CASE("the first Ctrl-C on sync reaches the job, whose own end is passed on") {
  const World world;
  Running sync(world.laptop,
               {"sync", "--", "sh", "-c",
                "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(eventually([&] { return sync.out() == "ready\n"; }));
  sync.signal(SIGINT);
  CHECK(sync.wait().code == 5);
  CHECK(sync.out() == "ready\ncaught\n");
}

TEST_CASE("the second Ctrl-C on sync detaches, says so, and leaves the job running") {
  const World world;
  Running sync(world.laptop,
               {"sync", "--", "sh", "-c",
                "trap 'echo no' INT; echo ready; while [ ! -e go ]; do sleep 0.05; done; exit 4"});
  REQUIRE(eventually([&] { return sync.out() == "ready\n"; }));
  sync.signal(SIGINT);
  REQUIRE(eventually([&] { return sync.out() == "ready\nno\n"; }));
  sync.signal(SIGINT);
  CHECK(sync.wait().code == 130);
  CHECK(contains(sync.err(), "detached; job "));
  CHECK(contains(sync.err(), "re log -f "));
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"running\""));
  REQUIRE(write_file_atomic(world.laptop.mirror() / "go", "", 0644));
  const auto log = world.laptop.re({"log", "-f"});
  CHECK(log.exit.code == 4);
  CHECK(log.out == "ready\nno\n");
}

TEST_CASE("Ctrl-C during a sync's copying ends it with 130 and the next one completes it") {
  World world;
  TcpProxy proxy(world.laptop.server().port());
  world.laptop.go_through(proxy.port());
  world.laptop.home.write("work/data.bin", noise(40 << 20));
  REQUIRE(world.laptop.re({"list"}).exit.ok());
  proxy.set_bandwidth(20 << 20);
  const auto before = proxy.bytes_passed();
  Running rsync(world.laptop, {"rsync", "-v"});
  REQUIRE(eventually([&] { return proxy.bytes_passed() - before > 5'000'000; }));
  rsync.signal(SIGINT);
  CHECK(rsync.wait().code == 130);
  proxy.set_bandwidth(0);
  CHECK(world.laptop.re({"rsync"}).exit.ok());
  CHECK(code_of(world.laptop.mirror()) == code_of(world.laptop.project()));
}
