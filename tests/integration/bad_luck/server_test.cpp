// Servers that allow less than most, or say more.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

void do_a_days_work(const Laptop& laptop) {
  laptop.home.write("work/main.sh", "echo out; echo err >&2; exit 3\n");
  laptop.init();
  const auto synced = laptop.re({"sync", "sh main.sh"});
  CHECK_MESSAGE(synced.out == "out\n", synced.err);
  CHECK(contains(synced.err, "err\n"));
  CHECK(synced.exit.code == 3);
  CHECK(laptop.re({"sync", "--", "cat"}, "from stdin").out == "from stdin");
  const auto job = laptop.submit({"sh main.sh"});
  CHECK(laptop.re({"log", "-f", job}).exit.code == 3);
  laptop.home.write("work/big", std::string(300'000, 'b'));
  CHECK(laptop.re({"push", "big", "there"}).exit.ok());
  CHECK(laptop.re({"pull", "there", "."}).exit.ok());
  CHECK(laptop.home.read("work/there").size() == 300'000);
}

}  // namespace

TEST_CASE("a server that forbids forwards to sockets is worked through its shell") {
  const Laptop laptop({.server = {.config = {"AllowStreamLocalForwarding no"}}});
  do_a_days_work(laptop);
}

TEST_CASE("a server that allows one session at a time is enough") {
  const Laptop laptop({.server = {.config = {"MaxSessions 1"}}});
  do_a_days_work(laptop);
}

TEST_CASE("a server with one session and no forwards at all is enough, too") {
  const Laptop laptop({.server = {.config = {"MaxSessions 1", "AllowStreamLocalForwarding no",
                                             "AllowTcpForwarding no"}}});
  do_a_days_work(laptop);
}

TEST_CASE("a server that forbids TCP forwards only is no different from others") {
  const Laptop laptop({.server = {.config = {"AllowTcpForwarding no"}}});
  do_a_days_work(laptop);
}

TEST_CASE("a server that wraps every command is worked through the wrapper") {
  const Laptop laptop(
      {.server = {.config = {"ForceCommand exec ${SHELL:-/bin/sh} -c \"$SSH_ORIGINAL_COMMAND\""}}});
  do_a_days_work(laptop);
}

TEST_CASE("a server that runs something else instead of our commands is told as such") {
  std::string command;
  SUBCASE("a word") { command = "echo This account only forwards."; }
  SUBCASE("files") { command = "internal-sftp"; }
  SUBCASE("nothing") { command = "false"; }
  const Laptop laptop({.server = {.config = {"ForceCommand " + command}}});
  const auto listed = laptop.re({"list", "--instance", "testbox"});
  CHECK(listed.exit.code == 1);
  CAPTURE(listed.err);
  CHECK(contains(listed.err, "did not run our command"));
  CHECK(contains(listed.err, "ForceCommand"));
  if (command.starts_with("echo")) CHECK(contains(listed.err, "This account only forwards."));
}

TEST_CASE("a server's banner and message of the day get into no data") {
  const ScratchDirectory scratch;
  REQUIRE(write_file_atomic(scratch.path() / "banner", "*** AUTHORIZED USERS ONLY ***\n", 0644));
  const Laptop laptop(
      {.server = {.config = {"Banner " + (scratch.path() / "banner").string(), "PrintMotd yes"}}});
  do_a_days_work(laptop);
  const auto listed = laptop.re({"list", "--json"});
  CHECK(is_json(listed.out));
  CHECK_FALSE(contains(listed.out, "AUTHORIZED"));
}
