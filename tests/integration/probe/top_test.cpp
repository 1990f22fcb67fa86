// re top in front of a person.
#include <doctest/doctest.h>

#include <signal.h>

#include "base/files.hpp"
#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"
#include "support/terminal.hpp"

using namespace libre;
using namespace libre::testing;

TEST_CASE("re top shows machines until q, and leaves the terminal as it was") {
  const Laptop laptop;
  OnTerminal top(laptop, {"top", "testbox"});
  REQUIRE(top.shows("1 active"));
  REQUIRE(top.shows("| testbox"));
  CHECK_FALSE(top.edits_lines());
  top.resize({20, 60});
  REQUIRE(top.shows("| testbox"));
  top.type("q");
  CHECK(top.end().ok());
  CHECK(top.shows("\x1b[?1049l"));
  CHECK(top.edits_lines());
}

TEST_CASE("Ctrl-C ends re top too, also while a machine hangs") {
  Laptop laptop;
  laptop.server().stop();
  OnTerminal top(laptop, {"probe", "--watch", "testbox"});
  REQUIRE(top.shows("refused"));
  top.type("\x03");
  CHECK(top.end().ok());
}

TEST_CASE("a machine that goes away while it is watched says so, and is back when it is back") {
  Laptop laptop;
  TcpProxy line(laptop.server().port());
  laptop.go_through(line.port());
  OnTerminal top(laptop, {"top", "testbox"});
  REQUIRE(top.shows("1 active"));
  line.set_refusing(true);
  line.cut_all();
  REQUIRE(top.shows("0 active"));
  line.set_refusing(false);
  REQUIRE(top.shows("1 active"));
  top.type("q");
  CHECK(top.end().ok());
}

TEST_CASE("where stdout is no terminal re top prints one table") {
  const Laptop laptop;
  const auto output = laptop.re({"top", "testbox"});
  CHECK_MESSAGE(output.exit.ok(), output.err);
  CHECK(contains(output.out, "| Machine | Status | GPU (MB) | Disk (MB) |"));
  CHECK(count_of(output.out, "| testbox ") == 1);
  CHECK_FALSE(contains(output.out, "\x1b["));
  CHECK(is_json(laptop.re({"top", "testbox", "--json"}).out));
}
