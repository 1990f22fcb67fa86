// Jobs that print what nobody expects, end as nobody hopes, or do not want to end.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

TEST_CASE("T4: output that looks like an end, is no text, or has no line end arrives as it is") {
  const World world;
  const std::vector<std::string> outputs = {
      "before\nEOF\nEOFError\n<<<\nafter\n",
      "\xff\xfe bytes \x80\xc3( that are \xed\xa0\x80 no UTF-8\n",
      "no line end",
      "10%\r20%\r\x1b[2K100%\r",
      std::string("zero\0bytes\0", 11),
      "",
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    CAPTURE(i);
    const auto file = fmt::format("payload{}", i);
    world.laptop.home.write("work/" + file, outputs[i]);
    const auto synced = world.laptop.re({"sync", fmt::format("cat {}; exit {}", file, i + 1)});
    CHECK((synced.out == outputs[i]));
    CHECK(synced.exit.code == static_cast<int>(i + 1));
    const auto log = world.laptop.re({"log", "-f"});
    CHECK((log.out == outputs[i]));
    CHECK(log.exit.code == static_cast<int>(i + 1));
    CHECK((world.laptop.home.read("work/work.log") == outputs[i]));
  }
}

TEST_CASE("200 MB of output come through sync to the byte") {
  const World world;
  Running sync(world.laptop, {"sync", "yes 0123456789 | head -c 200000003; exit 9"});
  CHECK(sync.wait().code == 9);
  CHECK(fs::file_size(sync.out_file()) == 200'000'003);
  const auto sums = run({.argv = {"sh", "-c", "yes 0123456789 | head -c 200000003 | cmp - \"$1\"",
                                  "sh", sync.out_file().string()}});
  REQUIRE(sums);
  CHECK_MESSAGE(sums->exit.ok(), sums->out);
  fs::remove(sync.out_file());
}

TEST_CASE("an exit code is passed on, and a signal as 128 more, by sync and by log") {
  const World world;
  CHECK(world.laptop.re({"sync", "exit 3"}).exit.code == 3);
  CHECK(world.laptop.re({"log", "-f"}).exit.code == 3);
  const auto killed = world.laptop.re({"sync", "--", "sh", "-c", "kill -9 $$"});
  CHECK(killed.exit.code == 137);
  CHECK(contains(killed.err, "signal 9"));
  CHECK(world.laptop.re({"log", "-f"}).exit.code == 137);
  CHECK(world.laptop.re({"sync", "--", "no-such-program"}).exit.code == 127);
}

TEST_CASE("T1: re kill leaves no descendant, also of jobs that left their session") {
  const World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit({"--", "sh", "-c", "sleep 999 & setsid sleep 998 & wait"});
  REQUIRE(eventually([&] {
    return is_running_there(laptop, "sleep 999") && is_running_there(laptop, "sleep 998");
  }));
  const auto killed = laptop.re({"kill", job});
  CHECK(killed.exit.ok());
  CHECK(contains(killed.err, "is gone"));
  CHECK_FALSE(is_running_there(laptop, "sleep 999"));
  CHECK_FALSE(is_running_there(laptop, "sleep 998"));
  CHECK(laptop.re({"log", "-f", job}).exit.code == 143);
}

TEST_CASE("T2: re kill ends a job that prints nothing and ignores SIGTERM") {
  const World world;
  const auto& laptop = world.laptop;
  const auto job =
      laptop.submit({"--", "sh", "-c", "trap '' TERM; touch ready; while :; do sleep 0.1; done"});
  REQUIRE(eventually([&] { return fs::exists(laptop.mirror() / "ready"); }));
  CHECK(laptop.re({"kill", job}).exit.ok());
  CHECK_FALSE(is_running_there(laptop, "trap "));
  CHECK(laptop.re({"log", "-f", job}).exit.code == 137);
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"killed\""));
}

TEST_CASE("T7: codes and signals of a job on a terminal are right") {
  const World world;
  // `script` gives re the terminal that --tty asks for.
  const auto on_terminal = [&](const std::string& command) {
    return world.laptop.home.run(
        {"script", "-qec", shell_quote({built_re().string(), "sync", "-t", command}), "/dev/null"},
        world.laptop.project());
  };
  const auto exited = on_terminal("test -t 0 && test -t 1 && echo on a terminal; exit 3");
  CHECK_MESSAGE(contains(exited.out, "on a terminal"), exited.out);
  CHECK(exited.exit.code == 3);
  CHECK(on_terminal("kill -9 $$").exit.code == 137);
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"signal\":9"));
  const auto without = world.laptop.re({"sync", "-t", "true"});
  CHECK(without.exit.code == 2);
  CHECK(contains(without.err, "needs a terminal"));
}

TEST_CASE("T17: job names that are paths, or nothing, are refused and touch nothing") {
  const World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit({"sleep 777"});
  const auto before = image_of(laptop.remote_home() / "projects");
  const std::vector<std::string> names = {"/etc", "..", "", "../1", "1/../1", "-1", "*"};
  for (const auto& name : names) {
    CAPTURE(name);
    for (const auto* command : {"kill", "log"}) {
      const auto output = laptop.re({command, "--", name});
      CHECK(output.exit.code != 0);
      CHECK(output.exit.signal == 0);
      CHECK(output.out.empty());
      CHECK(contains(output.err, "re: "));
    }
  }
  CHECK(is_running_there(laptop, "sleep 777"));
  CHECK(image_of(laptop.remote_home() / "projects") == before);
  CHECK(laptop.re({"kill", job}).exit.ok());
}
