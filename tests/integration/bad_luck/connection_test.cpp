// Connections that break, at many bytes of a command's conversation.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// A laptop whose way to the machine leads through a proxy, with a project that is there already.
struct ProxiedWorld {
  Laptop laptop;
  TcpProxy proxy{laptop.server().port()};
  ProxiedWorld() {
    laptop.home.write("work/a", "a");
    laptop.go_through(proxy.port());
    laptop.init();
  }
  // What `work` sends and receives.
  template <class Work>
  std::uint64_t bytes_of(Work work) {
    const auto before = proxy.bytes_passed();
    work();
    return proxy.bytes_passed() - before;
  }
};

void is_clear_failure(const Output& output) {
  CHECK(output.exit.code == 255);
  CHECK_MESSAGE(contains(output.err, "re: "), output.err);
  CHECK_MESSAGE(contains(output.err, "because: "), output.err);
}

}  // namespace

TEST_CASE("a sync that is cut at any byte heals or fails clearly, and the next one completes it") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  int healed = 0;
  for (const std::uint64_t cut : {1, 2'000, 5'000, 9'000, 20'000, 100'000, 400'000, 900'000}) {
    CAPTURE(cut);
    for (int i = 0; i < 40; ++i)
      laptop.home.write(fmt::format("work/dir{}/file {}", i % 4, i), noise(30'000));
    fs::remove(laptop.project() / fmt::format("dir1/file {}", 1 + 4 * (healed % 3)));
    world.proxy.cut_after(cut);
    const auto output = laptop.re({"rsync"});
    if (output.exit.ok())
      ++healed;
    else {
      is_clear_failure(output);
      for (const auto& [path, what] : code_of(laptop.mirror()))
        CHECK_MESSAGE(
            (fs::is_directory(laptop.mirror() / path) || what.size() < 20 || what.size() > 30'000),
            path);
      const auto again = laptop.re({"rsync"});
      CHECK_MESSAGE(again.exit.ok(), again.err);
    }
    CHECK(code_of(laptop.mirror()) == code_of(laptop.project()));
  }
  CHECK(healed >= 4);  // those that were cut after the login
}

TEST_CASE("a submit that is cut at any byte starts exactly one job, or none and says so") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  const auto whole = world.bytes_of([&] { laptop.submit({"--no-rsync", "true"}); });
  int started = 0;
  for (std::uint64_t part = 0; part < 12; ++part) {
    const auto cut = 1 + whole * part / 12;
    CAPTURE(cut);
    const auto name = fmt::format("cut-{}", part);
    world.proxy.cut_after(cut);
    const auto output =
        laptop.re({"async", "--no-rsync", "--name", name, "echo " + name + " >> $HOME/ran"});
    const auto listed =
        count_of(laptop.re({"list", "--all", "--json"}).out, fmt::format("\"name\":\"{}\"", name));
    if (!output.exit.ok()) is_clear_failure(output);
    CHECK(listed == (output.exit.ok() ? 1 : 0));
    started += output.exit.ok();
    if (output.exit.ok()) CHECK(laptop.re({"log", "-f", std::string(trim(output.out))}).exit.ok());
  }
  CHECK(started >= 3);
  const auto ran = read_file(laptop.remote_home() / "ran").value_or("");
  CHECK(count_of(ran, "\n") == static_cast<std::size_t>(started));
}

TEST_CASE(
    "a followed log that is cut again and again is complete, in order, and ends with the exit "
    "code") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  std::string expected;
  for (int i = 1; i <= 20'000; ++i) expected += fmt::format("{}\n", i);
  const auto job = laptop.submit({"--no-rsync",
                                  "for i in 0 1 2 3; do seq $((i*5000+1)) $((i*5000+5000)); "
                                  "while [ ! -e go$i ]; do sleep 0.02; done; done; exit 7"});
  Running follow(laptop, {"log", "-f", job});
  for (int part = 0; part < 4; ++part) {
    const auto before = part == 0 ? 0 : expected.find(fmt::format("\n{}\n", part * 5000 + 1));
    CHECK(eventually([&] { return follow.out().size() > before + 1; }));
    world.proxy.cut_all();
    REQUIRE(write_file_atomic(laptop.mirror() / fmt::format("go{}", part), ""));
  }
  CHECK(follow.wait().code == 7);
  CHECK(follow.out() == expected);
  CHECK(laptop.home.read("work/work.log") == expected);
  CHECK(world.proxy.connections() >= 5);
}

TEST_CASE("a sync whose line breaks passes input and output on without loss or doubling") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  const auto input = noise(3 << 20);
  for (const std::uint64_t cut : {30'000, 1'000'000, 4'000'000}) {
    CAPTURE(cut);
    world.proxy.cut_after(cut);
    const auto output = laptop.re({"sync", "--no-rsync", "--", "cat"}, input);
    CHECK_MESSAGE(output.exit.ok(), output.err);
    CHECK((output.out == input));
  }
}

TEST_CASE("a push and a pull of a large file go on where the line was cut") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  constexpr std::uint64_t size = 30 << 20;
  laptop.home.write("work/data/big", noise(size));
  world.proxy.cut_after(size / 2);
  const auto pushed = world.bytes_of([&] {
    const auto output = laptop.re({"push", "data/big", "far"});
    CHECK_MESSAGE(output.exit.ok(), output.err);
  });
  CHECK(pushed > size);
  CHECK(pushed < size + size / 4);
  CHECK((read_file(laptop.mirror() / "far").value_or("") == laptop.home.read("work/data/big")));

  world.proxy.cut_after(size / 2);
  const auto pulled = world.bytes_of([&] {
    const auto output = laptop.re({"pull", "far", "near"});
    CHECK_MESSAGE(output.exit.ok(), output.err);
  });
  CHECK(pulled > size);
  CHECK(pulled < size + size / 4);
  CHECK((laptop.home.read("work/near") == laptop.home.read("work/data/big")));
}

TEST_CASE("a push that was killed half way goes on in the next one") {
  ProxiedWorld world;
  const auto& laptop = world.laptop;
  constexpr std::uint64_t size = 30 << 20;
  laptop.home.write("work/data/big", noise(size));
  world.proxy.set_bandwidth(60 << 20);
  {
    const auto before = world.proxy.bytes_passed();
    Running push(laptop, {"push", "data/big", "far"});
    CHECK(eventually([&] { return world.proxy.bytes_passed() - before > size / 2; }));
    push.signal(9);
    CHECK(push.wait().signal == 9);
  }
  CHECK_FALSE(fs::exists(laptop.mirror() / "far"));
  world.proxy.set_bandwidth(0);
  const auto rest = world.bytes_of([&] {
    CHECK(laptop.re({"push", "data/big", "far"}).exit.ok());
  });
  CHECK(rest < size * 3 / 4);
  CHECK((read_file(laptop.mirror() / "far").value_or("") == laptop.home.read("work/data/big")));
}

TEST_CASE("a machine that hangs is given up at the time limit, one that refuses at once") {
  ProxiedWorld world;
  auto& laptop = world.laptop;
  world.proxy.set_stalled(true);
  const auto hung = laptop.re({"list", "--timeout", "1"});
  CHECK(hung.exit.code == 124);
  CAPTURE(hung.err);
  CHECK(contains(hung.err, "does not answer"));
  world.proxy.set_stalled(false);
  laptop.server().stop();
  world.proxy.cut_all();
  const auto refused = laptop.re({"list", "--timeout", "5"});
  CHECK(refused.exit.code == 255);
  CHECK(contains(refused.err, "because: "));
}
