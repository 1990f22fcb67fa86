// A key that only the person's ssh-agent holds.
#include <doctest/doctest.h>

#include <signal.h>

#include "base/process.hpp"
#include "master_helpers.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

TEST_CASE("a key that only the ssh-agent holds opens the shared connection, also anew") {
  Laptop laptop;
  const auto socket = (laptop.home / "agent.sock").string();
  laptop.home.set["SSH_AUTH_SOCK"] = socket;
  const pid_t agent = laptop.home.start({"ssh-agent", "-D", "-a", socket});
  REQUIRE(eventually([&] { return fs::exists(socket); }));
  const auto key = laptop.home / ".ssh/id_ed25519";
  const auto added = laptop.home.run({"ssh-add", key.string()});
  REQUIRE_MESSAGE(added.exit.ok(), added.err);
  fs::remove(key);
  fs::remove(key.string() + ".pub");
  laptop.init();
  const auto listed = laptop.re({"list"});
  REQUIRE_MESSAGE(listed.exit.ok(), listed.err);
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(logins(laptop) == 1);

  const auto job =
      laptop.submit({"--no-rsync", "echo begun; while [ ! -e go ]; do sleep 0.02; done"});
  Running follow(laptop, {"log", "-f", job});
  REQUIRE(eventually([&] { return follow.out() == "begun\n"; }));
  end_masters(laptop);
  CHECK(eventually([&] { return logins(laptop) == 2; }));
  fs::create_directories(laptop.mirror());
  std::ignore = checked_run({"touch", (laptop.mirror() / "go").string()});
  CHECK(follow.wait().ok());

  // The connection that is open needs no key any more; a new one does.
  ::kill(agent, SIGKILL);
  (void)wait_exit(agent, {});
  CHECK(laptop.re({"list"}).exit.ok());
  end_masters(laptop);
  const auto refused = laptop.re({"list"});
  CHECK(refused.exit.code == 255);
  CHECK_MESSAGE(contains(refused.err, "does not accept our login"), refused.err);
}
