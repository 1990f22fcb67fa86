// Bootstrap against real login shells of this machine, through the local transport.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "base/files.hpp"
#include "base/process.hpp"
#include "world.hpp"

using namespace libre;
using testing::World;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  const auto text = read_file(path);
  return text ? *text : "(" + text.error().message + ")";
}

// The first time installs, the second finds it, the third needs no command at all.
void check_reached(World& world, const fs::path& agent) {
  auto first = world.reach();
  REQUIRE_MESSAGE(first, first.error().describe());
  CHECK(first->installed);
  CHECK(content(agent) == content(world.options.bundle.path));
  CHECK((fs::status(agent).permissions() & fs::perms::mask) == fs::perms::owner_all);
  CHECK(std::distance(fs::directory_iterator(agent.parent_path()), {}) == 1);

  auto second = world.reach();
  REQUIRE_MESSAGE(second, second.error().describe());
  CHECK_FALSE(second->installed);
  CHECK(second->facts.agent == agent.string());
  CHECK(second->facts.uid == 7);
  CHECK(second->facts.host == "fake");
  CHECK(second->facts.platform == "linux-x86_64");

  const auto starts = world.runs("start");
  world.options.known = second->facts;
  REQUIRE(world.reach());
  CHECK(world.runs("start") == starts);
}

}  // namespace

TEST_CASE("the agent is installed, found again and remembered under every login shell") {
  for (const auto& shell : testing::login_shells()) {
    CAPTURE(shell);
    World world(shell);
    check_reached(world, world.cached_agent());
  }
}

TEST_CASE(
    "rc files may print what they like, also unfinished lines and lines that look like ours") {
  for (const auto& shell : {"bash", "zsh", "fish", "tcsh"}) {
    CAPTURE(shell);
    World world(shell);
    world.write("noise", "Welcome!\nabcdefghijklmnopqrst begin login Plan9 vax 0\n" +
                             std::string(900'000, '#'));
    world.write(world.rc_file(), "cat " + (world.root() / "noise").string() + "\n");
    check_reached(world, world.cached_agent());
  }
}

TEST_CASE("any POSIX shell may stand behind /bin/sh") {
  for (const auto& posix : {"/usr/bin/bash --posix", "/usr/bin/busybox sh", "/usr/bin/dash",
                            "/usr/bin/zsh --emulate sh"}) {
    CAPTURE(posix);
    World world("dash");
    testing::Variation transport(world.transport());
    transport.posix_shell = posix;
    const Wait wait{.deadline = Deadline::after(std::chrono::seconds(30))};
    for (const bool installed : {true, false}) {
      const auto link = bootstrap::reach_agent(transport, world.options, wait);
      REQUIRE_MESSAGE(link, link.error().describe());
      CHECK(link->installed == installed);
    }
  }
}

TEST_CASE("an rc file that starts another shell in the login shell's place does no harm") {
  for (const auto& other : {"zsh", "tcsh", "dash", "fish"}) {
    CAPTURE(other);
    World world("bash");
    world.options.patience = std::chrono::milliseconds(300);  // fish waits for the end of stdin
    world.write("home/.bashrc", "echo noise; exec " + std::string(other) + "\n");
    check_reached(world, world.cached_agent());
    CHECK(world.options.known.entry == (other == std::string("fish") ? "no-input" : "stdin"));
  }
}

TEST_CASE("a login shell that is only slow to begin gets the file in one go") {
  World world("bash");
  world.options.patience = std::chrono::milliseconds(50);
  world.write("home/.bashrc", "sleep 0.4\n");
  testing::Variation transport(world.transport());
  const auto link = bootstrap::reach_agent(transport, world.options, {});
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->installed);
  CHECK(link->facts.entry == "login");
  CHECK(transport.commands.size() == 2);
}

TEST_CASE("the home directory may be missing or another one than the login directory") {
  World world("bash");
  SUBCASE("missing") { world.environment[0] = "HOME=" + (world.root() / "gone").string(); }
  SUBCASE("not set") { world.environment[0] = "UNUSED="; }
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->facts.agent.starts_with("/var/tmp/re-"));
  CHECK_FALSE(fs::exists(world.root() / "gone"));
}

TEST_CASE("XDG_CACHE_HOME and remote_root move the agent") {
  World world("tcsh");
  SUBCASE("cache") {
    world.environment.push_back("XDG_CACHE_HOME=" + (world.root() / "odd cache!").string());
    check_reached(
        world, world.root() / "odd cache!/re/agent" / world.options.bundle.identity / "re-agent");
  }
  SUBCASE("root with odd characters") {
    const auto root = world.root() / "it's $HOME \\ \"x\" !\n";
    world.options.remote_root = root.string();
    const auto link = world.reach();
    REQUIRE_MESSAGE(link, link.error().describe());
    CHECK(fs::exists(root / "agent" / world.options.bundle.identity / "re-agent"));
  }
  SUBCASE("root below the home directory") {
    world.options.remote_root = "~/mine";
    check_reached(world, world.home() / "mine/agent" / world.options.bundle.identity / "re-agent");
    CHECK(world.last_arguments().starts_with("start --root " + (world.home() / "mine").string() +
                                             " --marker "));
  }
}

TEST_CASE("a file there that does not run is replaced") {
  World world("zsh");
  REQUIRE(make_directories(world.cached_agent().parent_path()));
  REQUIRE(write_file_atomic(world.cached_agent(), "#!/bin/sh\necho re-agent 0.0.1\n", 0700));
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->installed);
  CHECK(content(world.cached_agent()) == content(world.options.bundle.path));
}

TEST_CASE("known facts that are outdated lead to a look, not to an error") {
  World world("dash");
  const auto first = world.reach();
  REQUIRE(first);
  world.options.known = first->facts;
  world.options.known.socket = (world.root() / "nobody.sock").string();
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->facts.socket == first->facts.socket);
  CHECK_FALSE(link->installed);
}

TEST_CASE("several clients that arrive at the same instant all get through") {
  World world("bash", 400'000);
  std::atomic<int> reached = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i) clients.emplace_back([&] { reached += world.reach().has_value(); });
  for (auto& client : clients) client.join();
  CHECK(reached == 6);
  CHECK(content(world.cached_agent()) == content(world.options.bundle.path));
  CHECK(std::distance(fs::directory_iterator(world.cached_agent().parent_path()), {}) == 1);
}
