// From imports to an environment that jobs find by themselves, over a real sshd, with an index of the tests' own.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "base/files.hpp"
#include "project_world.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// Waits until what commands before have left to be done over the connection is done.
void settle(const TcpProxy& proxy) {
  for (auto passed = proxy.bytes_passed() + 1; passed != proxy.bytes_passed();) {
    passed = proxy.bytes_passed();
    (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(1500))});
  }
}

// A Python over there whose pip takes for ever; it leaves the file `stuck` when it has begun.
std::string give_slow_python(const Laptop& laptop) {
  const auto python = laptop.remote_home() / "slow-python";
  const auto written = write_file_atomic(
      python,
      "#!/bin/sh\ncase \"$1 $2\" in \"-m venv\") /usr/bin/python3 -m venv --without-pip \"$3\"\n"
      "  printf '#!/bin/sh\\ntouch ~/stuck; exec sleep 300\\n' > \"$3/slow\"\n"
      "  chmod +x \"$3/slow\"; rm \"$3/bin/python\"; ln -s ../slow \"$3/bin/python\";;\n"
      "*) exec /usr/bin/python3 \"$@\";; esac\n",
      0755);
  REQUIRE(written);
  return python.string();
}

}  // namespace

TEST_CASE(
    "a project of which nothing but its imports is known runs after init; a second init is one "
    "round trip") {
  Laptop laptop;
  Web web;
  TcpProxy proxy(laptop.server().port());
  laptop.go_through(proxy.port());
  configure(laptop, web);
  web.add_wheel("demo-lib", "1.0");
  web.add_wheel("demo_app", "2.1", {"demo-lib>=1,<2"});
  laptop.home.write("work/main.py",
                    "import os, helper\nimport demo_app\nprint('demo', demo_app.version)\n");
  laptop.home.write("work/helper.py", "import demo_lib\n");

  const auto first = init(laptop);
  CHECK_MESSAGE(first.exit.ok(), first.err);
  CHECK(contains(first.err, "guessed"));
  CHECK(contains(laptop.home.read("work/requirements.txt"), "\ndemo_app\ndemo_lib\n"));
  CHECK(fs::exists(laptop.mirror() / "requirements.txt"));
  const auto job = laptop.submit(
      {"python3 main.py; echo $VIRTUAL_ENV; python -c 'import sys; print(sys.prefix)'"});
  const auto log = laptop.re({"log", "-f", job});
  CHECK_MESSAGE(contains(log.out, "demo 2.1\n"), log.out);
  CHECK(count_of(log.out, environments(laptop).string()) == 2);
  // The log of the last job is that of the user's command, and the environment is no part of the mirror.
  CHECK(contains(laptop.re({"log"}).out, "demo 2.1"));
  CHECK_FALSE(fs::exists(laptop.mirror() / "bin"));

  const auto asked = web.requests();
  // So long a delay that a busy test machine is never slower: what goes out before an answer is one turn.
  proxy.set_delay(std::chrono::milliseconds(250));
  for (const char* command : {"init", "install"}) {
    settle(proxy);
    const auto turns = proxy.turns();
    const auto again = laptop.re({command});
    CHECK_MESSAGE(again.exit.ok(), again.err);
    CHECK(contains(again.err, "the environment is ready"));
    CHECK(proxy.turns() - turns == 1);
  }
  CHECK(web.requests() == asked);
}

TEST_CASE("T19: a user's own files are unchanged after init, install and jobs") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  web.add_wheel("demo-lib", "1.0");
  web.add_wheel("demo-lib", "1.1");
  laptop.home.write("work/requirements.txt", "-r more/base.txt\n# mine\n");
  laptop.home.write("work/more/base.txt", "demo-lib == 1.0  # not newer\n");
  laptop.home.write("work/main.py", "import demo_lib, numpy; print(demo_lib.version)\n");
  const auto before = code_of(laptop.project());
  const auto made = init(laptop);
  CHECK_MESSAGE(made.exit.ok(), made.err);
  CHECK(laptop.re({"install"}).exit.ok());
  CHECK(laptop.re({"sync", "python3 -c 'import demo_lib; print(demo_lib.version)'"}).out ==
        "1.0\n");
  const auto forced = laptop.re({"init", "--force"});
  CHECK_FALSE(forced.exit.ok());
  CHECK(contains(forced.err, "requirements.txt is yours"));
  CHECK(code_of(laptop.project()) == before);

  // Named packages go beside that, their specifiers as they are.
  web.add_wheel("demo_app", "1.5");
  web.add_wheel("demo_app", "2.0");
  const auto named = laptop.re({"install", "demo_app<2"});
  CHECK_MESSAGE(named.exit.ok(), named.err);
  CHECK(laptop.home.read("work/.recompute/packages") == "demo_app<2\n");
  CHECK(
      laptop.re({"sync", "python3 -c 'import demo_app, demo_lib; print(demo_app.version)'"}).out ==
      "1.5\n");
  CHECK(code_of(laptop.project()) == before);
}

TEST_CASE("an install that fails says pip's reason, and leaves the environment that was there") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  REQUIRE(init(laptop).exit.ok());
  const auto failed = laptop.re({"install", "no-such-thing"});
  CHECK(failed.exit.code == 1);
  CHECK(contains(failed.err, "No matching distribution found for no-such-thing"));
  CHECK(contains(failed.err, "re log"));
  CHECK(count_environments(laptop) == 1);
  CHECK(laptop.home.read("work/.recompute/packages").empty());
  CHECK(laptop.re({"sync", "python3 -c 'import demo_lib; print(demo_lib.version)'"}).out ==
        "1.0\n");
  const auto refused = laptop.re({"install", "--index-url=http://x"});
  CHECK(refused.exit.code == 2);
}

TEST_CASE("Ctrl-C ends an install and leaves nothing of it; one that is half done is never used") {
  Laptop laptop;
  Web web;
  configure(laptop, web, give_slow_python(laptop));
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  Running running(laptop, {"init", "--instance", "box"});
  REQUIRE(eventually([&] { return fs::exists(laptop.remote_home() / "stuck"); }));
  CHECK(laptop.re({"sync", "--no-rsync", "echo \"<$VIRTUAL_ENV>\""}).out == "<>\n");
  running.signal(SIGINT);
  CHECK(running.wait().code == 130);
  CHECK(contains(running.err(), "nothing of it is left"));
  CHECK(eventually([&] { return count_environments(laptop) == 0; }));
  CHECK_FALSE(is_running_there(laptop, "sleep 300"));
}

TEST_CASE("what a killed install leaves is never used, and goes with the next") {
  Laptop laptop;
  Web web;
  web.add_wheel("demo-lib", "1.0");
  configure(laptop, web, give_slow_python(laptop));
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  Running running(laptop, {"init", "--instance", "box"});
  REQUIRE(eventually([&] { return fs::exists(laptop.remote_home() / "stuck"); }));
  CHECK(kill_agents(laptop, "environment") == 1);
  CHECK(laptop.re({"purge"}).exit.ok());
  CHECK_FALSE(running.wait().ok());
  CHECK(count_environments(laptop) == 1);
  CHECK(laptop.re({"sync", "--no-rsync", "echo \"<$VIRTUAL_ENV>\""}).out == "<>\n");

  configure(laptop, web);
  give_uv(laptop);
  const auto made = laptop.re({"install"});
  CHECK_MESSAGE(made.exit.ok(), made.err);
  CHECK(count_environments(laptop) == 1);
  CHECK(laptop.re({"sync", "python3 -c 'import demo_lib; print(demo_lib.version)'"}).out ==
        "1.0\n");
}

TEST_CASE("without internet over there the laptop fetches the wheels") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  web.add_wheel("demo-lib", "1.0");
  web.add_wheel("demo_app", "2.1", {"demo-lib"});
  laptop.home.set["PIP_FIND_LINKS"] = "";
  laptop.home.write("work/requirements.txt", "demo_app\n");
  laptop.home.write("work/main.py", "import demo_app, demo_lib\nprint(demo_app.version)\n");
  REQUIRE(laptop.re({"init", "--instance", "box", "--no-install"}).exit.ok());
  const auto made = laptop.re({"install", "--via-laptop"});
  CHECK_MESSAGE(made.exit.ok(), made.err);
  CHECK(contains(made.err, "fetching wheels here"));
  CHECK(laptop.re({"sync", "python3 main.py"}).out == "2.1\n");
}

TEST_CASE("python = system says so where the distribution manages it") {
  Laptop laptop;
  Web web;
  configure(laptop, web, "system");
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  const auto made = init(laptop);
  CHECK(made.exit.code == 1);
  CHECK(contains(made.err, "PEP 668"));
  CHECK(contains(made.err, "leave `python = system` out"));
}
