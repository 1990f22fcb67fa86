// What a follower asks for besides the bytes, over lines that break.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <time.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

double now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

std::string utc(std::time_t seconds) {
  char text[32];
  std::tm tm{};
  ::gmtime_r(&seconds, &tm);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm)};
}

}  // namespace

TEST_CASE("each line of a followed log has one time before it, whatever is cut meanwhile") {
  World world;
  // Until there were enough cuts: on a busy machine each costs seconds.
  const auto job = world.laptop.submit(
      {"--no-rsync",
       "i=1; while [ ! -e go ]; do seq $i $((i+999)); i=$((i+1000)); sleep 0.05; done; exit 3"});
  const auto begin = now();
  Running follow(world.laptop, {"log", "-f", "-t", job});
  REQUIRE(eventually([&] { return !follow.out().empty(); }));
  Cutter cutter(world.proxy, 500, 30'000, 5);
  CAPTURE(cutter.seed());
  CHECK(eventually([&] { return cutter.cuts() >= 3; }, std::chrono::seconds(60)));
  REQUIRE(write_file_atomic(world.laptop.mirror() / "go", ""));
  CHECK(follow.wait().code == 3);
  std::string text, last_time;
  int lines = 0;
  constexpr std::size_t stamp = sizeof "2026-11-21 10:00:00.000 " - 1;
  for (const auto& line : split_lines(follow.out())) {
    REQUIRE(line.size() > stamp);
    const auto time = std::string(line.substr(0, stamp));
    CHECK(time >= last_time);
    last_time = time;
    text += std::string(line.substr(stamp)) + "\n";
    ++lines;
  }
  CHECK(lines % 1000 == 0);
  CHECK((text == numbered_lines(lines)));
  CHECK(now() - begin < 60);
}

TEST_CASE("what came before the time asked for is left out, also after a break") {
  World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit(
      {"--no-rsync",
       "echo old; for i in 1 2; do while [ ! -e go$i ]; do sleep 0.02; done; echo new $i; done"});
  REQUIRE(eventually([&] { return laptop.re({"log", job}).out == "old\n"; }));
  const auto since = static_cast<std::time_t>(now()) + 1;
  REQUIRE(eventually([&] { return now() > static_cast<double>(since) + 0.2; }));
  REQUIRE(write_file_atomic(laptop.mirror() / "go1", "", 0644));
  Running follow(laptop, {"log", "-f", "--since", utc(since), job});
  REQUIRE(eventually([&] { return follow.out() == "new 1\n"; }));
  world.proxy.cut_all();
  REQUIRE(write_file_atomic(laptop.mirror() / "go2", "", 0644));
  CHECK(follow.wait().ok());
  CHECK(follow.out() == "new 1\nnew 2\n");
  CHECK(laptop.re({"log", "--since", utc(since), job}).out == "new 1\nnew 2\n");
  CHECK(laptop.re({"log", "--since", "1h", job}).out == "old\nnew 1\nnew 2\n");
}

TEST_CASE("a log that is shown every so often comes in few pieces, whole, whatever is cut") {
  World world;
  // Some 3 s of lines.
  const auto job = world.laptop.submit({"--no-rsync", writes_lines(2000, 100, "exit 2")});
  Running watch(world.laptop, {"log", "--loop", "1", job});
  std::size_t size = 0;
  int pieces = 0;
  bool cut = false;
  const auto whole = numbered_lines(2000).size();
  CHECK(eventually([&] {
    const auto now = std::filesystem::file_size(watch.out_file());
    if (std::exchange(size, now) != now) ++pieces;
    if (pieces == 2 && !std::exchange(cut, true)) world.proxy.cut_all();
    return now >= whole;
  }));
  CHECK(watch.wait().code == 2);
  CHECK(watch.out() == numbered_lines(2000));
  CHECK(pieces >= 3);
  CHECK(pieces <= 12);
}
