// re ssh in a project that has an environment.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "project_world.hpp"
#include "support/terminal.hpp"

using namespace libre;
using namespace libre::testing;

TEST_CASE("re ssh stands in the project's environment, whatever the profile puts in front") {
  Laptop laptop;
  Web web;
  configure(laptop, web);
  give_uv(laptop);
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  // As conda writes itself into it.
  for (const char* name : {".bash_profile", ".profile"})
    REQUIRE(write_file_atomic(laptop.remote_home() / name,
                              "PATH=/usr/bin:$PATH; export from_profile=42\n", 0644));
  REQUIRE(init(laptop).exit.ok());
  const auto current = [&] {
    return (environments(laptop) / laptop.re({"sync", "echo ${VIRTUAL_ENV##*/environments/}"}).out)
        .string();
  }();
  const auto python = current.substr(0, current.size() - 1) + "/bin/python";
  OnTerminal shell(laptop, {"ssh"});
  shell.type("echo $(command -v python) $from_profile in $(pwd)\n");
  CHECK_MESSAGE(shell.shows(python + " 42 in " + laptop.mirror().string()), shell.seen());
  shell.type("python -c 'import demo_lib; print(\"demo\", demo_lib.version)'\n");
  CHECK_MESSAGE(shell.shows("demo 1.0"), shell.seen());
  shell.type("exit 3\n");
  CHECK(shell.end().code == 3);
}

TEST_CASE("other shells stand in it as well") {
  Laptop laptop;
  Web web;
  laptop.home.set["SHELL"] = "/bin/dash";
  laptop.home.write(".recompute.conf", "[general]\nindex_url = " + web.index() + "\n");
  web.add_wheel("demo-lib", "1.0");
  laptop.home.write("work/requirements.txt", "demo-lib\n");
  const auto made = laptop.re({"init", "--instance", "local"});
  REQUIRE_MESSAGE(made.exit.ok(), made.err);
  OnTerminal shell(laptop, {"ssh"});
  shell.type("echo $0 $(python -c 'import demo_lib; print(demo_lib.version)') in $(pwd)\n");
  CHECK_MESSAGE(shell.shows("dash 1.0 in " + (laptop.home / "projects/work").string()),
                shell.seen());
  shell.type("exit 4\n");
  CHECK(shell.end().code == 4);
}
