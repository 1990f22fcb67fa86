// Connections that are cut at any byte, many times, while a job's output and input pass.
#include <doctest/doctest.h>

#include <fcntl.h>

#include "base/files.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

constexpr int lines = 200'000;
constexpr int wanted_cuts = 20;
constexpr std::uint64_t slow_line = 1 << 20;

}  // namespace

TEST_CASE(
    "a followed log of 200,000 lines that is cut 20 times is complete, and ends as the job did") {
  World world;
  const auto job = world.laptop.submit({"--no-rsync", writes_lines(lines, 40, "exit 7")});
  Running follow(world.laptop, {"log", "-f", job});
  REQUIRE(eventually([&] { return !follow.out().empty(); }));
  Cutter cutter(world.proxy, 500, 110'000, wanted_cuts, slow_line);
  CAPTURE(cutter.seed());
  CHECK(follow.wait().code == 7);
  CHECK((follow.out() == numbered_lines(lines)));
  CHECK((world.laptop.home.read("work/work.log") == numbered_lines(lines)));
  CHECK(cutter.cuts() == wanted_cuts);
}

TEST_CASE(
    "a sync whose job writes 200,000 lines and that is cut 20 times shows them all, in order") {
  World world;
  Running sync(world.laptop, {"sync", "--no-rsync", writes_lines(lines, 40, "exit 9")});
  REQUIRE(eventually([&] { return !sync.out().empty(); }));
  Cutter cutter(world.proxy, 500, 110'000, wanted_cuts, slow_line);
  CAPTURE(cutter.seed());
  const int code = sync.wait().code;
  CHECK_MESSAGE(code == 9, sync.err());
  CHECK((sync.out() == numbered_lines(lines)));
  CHECK(cutter.cuts() == wanted_cuts);
}

TEST_CASE("what a sync reads reaches the job whole, whatever is cut meanwhile") {
  World world;
  const auto input = noise(4 << 20);
  world.laptop.home.write("input", input);
  const Fd in(::open((world.laptop.home / "input").c_str(), O_RDONLY | O_CLOEXEC));
  Running sync(world.laptop, {"sync", "--no-rsync", "--", "sh", "-c", "echo up >&2; exec cat"},
               in.get());
  REQUIRE(eventually([&] { return contains(sync.err(), "up"); }));
  Cutter cutter(world.proxy, 20'000, 1'200'000, 8);
  CAPTURE(cutter.seed());
  CHECK(sync.wait().ok());
  CHECK((sync.out() == input));
  CHECK(cutter.cuts() >= 4);
}

TEST_CASE("lines of a filter come once each and in order, whatever is cut meanwhile") {
  World world;
  const auto job = world.laptop.submit({"--no-rsync", writes_lines(lines, 40, "exit 3")});
  Running follow(world.laptop, {"log", "-f", "--filter", "7", job});
  REQUIRE(eventually([&] { return !follow.out().empty(); }));
  Cutter cutter(world.proxy, 500, 400'000, 10);
  CAPTURE(cutter.seed());
  CHECK(follow.wait().code == 3);
  std::string expected;
  for (int i = 1; i <= lines; ++i)
    if (const auto line = std::to_string(i); contains(line, "7")) expected += line + "\n";
  CHECK((follow.out() == expected));
  CHECK(cutter.cuts() >= 5);
}

TEST_CASE(
    "a large file that is pushed and pulled over a line that is cut again and again arrives "
    "whole") {
  World world;
  const auto& laptop = world.laptop;
  const auto big = noise(6 << 20);
  laptop.home.write("work/data/big", big);
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto copied = [&](std::vector<std::string> words) {
    const auto verb = words[0];
    CAPTURE(verb);
    Cutter cutter(world.proxy, 300'000, 1'500'000, 4);
    CAPTURE(cutter.seed());
    const auto output = laptop.re(std::move(words));
    CHECK_MESSAGE(output.exit.ok(), output.err);
    CHECK(cutter.cuts() >= 2);
  };
  copied({"push", "data/big", "far"});
  CHECK((read_file(laptop.mirror() / "far").value_or("") == big));
  copied({"pull", "far", "near"});
  CHECK((laptop.home.read("work/near") == big));
}
