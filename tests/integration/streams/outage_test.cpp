// A machine that is away for some seconds, for longer than --timeout, or in the middle of a transfer.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/files.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

constexpr const char* waits_for_go = "echo begun; while [ ! -e go ]; do sleep 0.02; done; exit 4";

void pass(std::chrono::milliseconds span) { (void)wait_for(-1, 0, {Deadline::after(span)}); }

// The whole server is away, not only a line to it.
class ServerAway {
 public:
  explicit ServerAway(World& world) : server_(world.laptop.server()) {
    server_.cut_connections();
    server_.stop();
  }
  void comes_back() { server_.restart(); }

 private:
  Sshd& server_;
};

double seconds_of(Running& running, int& code) {
  const auto begin = std::chrono::steady_clock::now();
  code = running.wait().code;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("with --timeout a follow gives up on a machine that stays away, and says how to go on") {
  World world;
  const auto job = world.laptop.submit({"--no-rsync", waits_for_go});
  Running follow(world.laptop, {"log", "-f", job, "--timeout", "2"});
  Running sync(world.laptop, {"sync", "--no-rsync", "--timeout", "2", "echo up; exec sleep 555"});
  REQUIRE(eventually([&] { return follow.out() == "begun\n" && sync.out() == "up\n"; }));
  ServerAway away(world);
  int code = 0;
  const double seconds = seconds_of(follow, code);
  CHECK(code == 255);
  CHECK(seconds > 1);
  CHECK(seconds < 15);
  CHECK_MESSAGE(contains(follow.err(), "the connection was lost, and did not come back in "),
                follow.err());
  CHECK(contains(follow.err(), "re log -f " + job));
  CHECK(sync.wait().code == 255);
  CHECK(contains(sync.err(), "the output of job 2 broke off"));
  CHECK(contains(sync.err(), "re log -f 2"));
  away.comes_back();
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"running\""));
}

TEST_CASE("a push and a pull go on when the server has been away for some seconds") {
  World world;
  const auto& laptop = world.laptop;
  const auto big = noise(12 << 20);
  laptop.home.write("work/data/big", big);
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto interrupted = [&](std::vector<std::string> words) {
    const auto verb = words[0];
    CAPTURE(verb);
    world.proxy.set_bandwidth(12 << 20);
    const auto before = world.proxy.bytes_passed();
    Running command(laptop, std::move(words));
    CHECK(eventually([&] { return world.proxy.bytes_passed() - before > (4u << 20); }));
    ServerAway away(world);
    world.proxy.set_bandwidth(0);
    pass(std::chrono::milliseconds(1500));
    away.comes_back();
    CHECK_MESSAGE(command.wait().ok(), command.err());
    CHECK(world.proxy.bytes_passed() - before < (12u << 20) * 5 / 4);  // goes on where it was
  };
  interrupted({"push", "data/big", "far"});
  CHECK((read_file(laptop.mirror() / "far").value_or("") == big));
  interrupted({"pull", "far", "near"});
  CHECK((laptop.home.read("work/near") == big));
}

TEST_CASE("the time of --timeout begins anew when a transfer has gone on for a while") {
  World world;
  const auto& laptop = world.laptop;
  const auto big = noise(24 << 20);
  laptop.home.write("work/data/big", big);
  REQUIRE(laptop.re({"list"}).exit.ok());
  Cutter cutter(world.proxy, 11 << 20, 11 << 20, 2);  // each after more than two seconds
  const auto pushed = laptop.re({"push", "data/big", "far", "--timeout", "2"});
  CHECK_MESSAGE(pushed.exit.ok(), pushed.err);
  CHECK(cutter.cuts() == 2);
  CHECK((read_file(laptop.mirror() / "far").value_or("") == big));
}

TEST_CASE("a submit starts one job when the server has been away for some seconds") {
  World world;
  const auto& laptop = world.laptop;
  laptop.home.write("work/more", "more");
  REQUIRE(laptop.re({"list"}).exit.ok());
  world.proxy.set_delay(std::chrono::milliseconds(100));
  for (const unsigned bytes : {1u, 1000u}) {
    const auto name = fmt::format("job-{}", bytes);
    const auto before = world.proxy.bytes_passed();
    Running submit(laptop, {"async", "--name", name, "true"});
    REQUIRE(eventually([&] { return world.proxy.bytes_passed() >= before + bytes; }));
    ServerAway away(world);
    pass(std::chrono::milliseconds(1500));
    away.comes_back();
    CHECK_MESSAGE(submit.wait().ok(), submit.err());
    const auto listed = laptop.re({"list", "--all", "--json"}).out;
    CHECK(count_of(listed, fmt::format("\"name\":\"{}\"", name)) == 1);
  }
}
