// Masters and servers that die while commands are at work.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>

#include <thread>

#include "base/files.hpp"
#include "base/text.hpp"
#include "master_helpers.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

void kill_masters(const Laptop& laptop) {
  for (const pid_t pid : masters_of(laptop)) ::kill(pid, SIGKILL);
}

std::string numbers(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += fmt::format("{}\n", i);
  return text;
}

// Prints 20,000 numbers in four parts, each but the first when it is told to, and ends with 7.
constexpr const char* numbers_in_parts =
    "for i in 0 1 2 3; do seq $((i*5000+1)) $((i*5000+5000)); while [ ! -e go$i ]; do sleep 0.02; "
    "done; done; exit 7";

void let_go_on(const Laptop& laptop, int part) {
  REQUIRE(write_file_atomic(laptop.mirror() / fmt::format("go{}", part), ""));
}

}  // namespace

TEST_CASE("a followed log is complete and in order though its master is killed again and again") {
  const Laptop laptop;
  laptop.init();
  const auto job = laptop.submit({"--no-rsync", numbers_in_parts});
  Running follow(laptop, {"log", "-f", job});
  for (int part = 0; part < 4; ++part) {
    CHECK(eventually([&] { return follow.out().size() > numbers(part * 5000).size(); }));
    kill_masters(laptop);
    let_go_on(laptop, part);
  }
  CHECK(follow.wait().code == 7);
  CHECK(follow.out() == numbers(20'000));
  CHECK(logins(laptop) >= 5);
}

TEST_CASE("a push arrives whole though its master is killed") {
  World world;
  const auto& laptop = world.laptop;
  laptop.home.write("work/big", noise(30 << 20));
  world.proxy.set_bandwidth(30 << 20);
  const auto before = world.proxy.bytes_passed();
  Running push(laptop, {"push", "big", "far"});
  CHECK(eventually([&] { return world.proxy.bytes_passed() - before > 10'000'000; }));
  kill_masters(laptop);
  CHECK(push.wait().ok());
  CHECK((read_file(laptop.mirror() / "far").value_or("") == laptop.home.read("work/big")));
}

TEST_CASE("a submit starts one job though its master is killed at any moment") {
  World world;
  const auto& laptop = world.laptop;
  REQUIRE(laptop.re({"list"}).exit.ok());
  world.proxy.set_delay(std::chrono::milliseconds(20));
  for (int i = 0; i < 6; ++i) {
    const auto name = fmt::format("job-{}", i);
    const auto before = world.proxy.bytes_passed();
    Running submit(laptop, {"async", "--no-rsync", "--name", name, "true"});
    CHECK(eventually(
        [&] { return world.proxy.bytes_passed() > before + static_cast<unsigned>(i) * 90; }));
    kill_masters(laptop);
    CHECK_MESSAGE(submit.wait().ok(), submit.err());
    const auto listed = laptop.re({"list", "--all", "--json"}).out;
    CHECK(count_of(listed, fmt::format("\"name\":\"{}\"", name)) == 1);
  }
}

TEST_CASE("a follow outlasts a server that is away for some seconds") {
  Laptop laptop;
  laptop.init();
  const auto job = laptop.submit({"--no-rsync", numbers_in_parts});
  Running follow(laptop, {"log", "-f", job});
  CHECK(eventually([&] { return follow.out().size() > 1000; }));
  laptop.server().cut_connections();
  laptop.server().stop();
  for (int part = 0; part < 4; ++part) let_go_on(laptop, part);
  (void)wait_for(-1, 0, {Deadline::after(std::chrono::seconds(3))});
  laptop.server().restart();
  CHECK(follow.wait().code == 7);
  CHECK(follow.out() == numbers(20'000));
}

TEST_CASE(
    "a connection that died without a word is noticed by the next command, which logs in anew") {
  World world;
  const auto& laptop = world.laptop;
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto first = masters_of(laptop);
  // As after a night in the bag: the old connection swallows everything, a new one works.
  world.proxy.freeze_existing();
  (void)wait_for(-1, 0, {Deadline::after(std::chrono::seconds(11))});
  const auto listed = laptop.re({"list"});
  CHECK_MESSAGE(listed.exit.ok(), listed.err);
  CHECK(masters_of(laptop) != first);
}
