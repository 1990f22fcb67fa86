// Machines on which bootstrap has to look further, or must say why it cannot work.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>

#include "base/files.hpp"
#include "support/patience.hpp"
#include "world.hpp"

using namespace libre;
using testing::soon;
using testing::Tmpfs;
using testing::Variation;
using testing::World;
namespace fs = std::filesystem;

namespace {
bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
bool may_mount() {
  if (::getuid() == 0) return true;
  MESSAGE("not run: only root may mount the file systems that this test needs");
  return false;
}
}  // namespace

TEST_CASE("a home that is read-only, full or mounted noexec is passed over") {
  if (!may_mount()) return;
  World world("bash", 300'000);
  std::unique_ptr<Tmpfs> mounted;
  SUBCASE("read-only") {
    mounted = std::make_unique<Tmpfs>(world.home(), 0, "size=1m");
    mounted->make_read_only();
  }
  SUBCASE("noexec") { mounted = std::make_unique<Tmpfs>(world.home(), MS_NOEXEC, "size=1m"); }
  SUBCASE("full") { mounted = std::make_unique<Tmpfs>(world.home(), 0, "size=256k"); }
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->facts.agent.starts_with("/var/tmp/re-0/agent/"));
  mounted.reset();
}

TEST_CASE("where no directory is good enough the error gives the reason") {
  if (!may_mount()) return;
  World world("bash", 300'000);
  world.options.remote_root = (world.root() / "disk").string();
  SUBCASE("noexec") {
    Tmpfs disk(world.root() / "disk", MS_NOEXEC, "size=1m");
    const auto link = world.reach();
    REQUIRE_FALSE(link);
    CHECK(link.error().code == Errc::denied);
    CHECK(mentions(link.error().cause, "noexec"));
  }
  SUBCASE("read-only") {
    Tmpfs disk(world.root() / "disk", 0, "size=1m");
    disk.make_read_only();
    const auto link = world.reach();
    REQUIRE_FALSE(link);
    CHECK(link.error().code == Errc::denied);
    CHECK(mentions(link.error().cause, "Read-only file system"));
  }
  SUBCASE("full, as df tells") {
    Tmpfs disk(world.root() / "disk", 0, "size=256k");
    const auto link = world.reach();
    REQUIRE_FALSE(link);
    CHECK(link.error().code == Errc::disk_full);
    CHECK(mentions(link.error().cause, "KiB are free"));
  }
  SUBCASE("full, as only writing tells") {
    Tmpfs disk(world.root() / "disk", 0, "size=256k");
    world.write("bin/df", "#!/bin/sh\nexit 1\n");
    fs::permissions(world.root() / "bin/df", fs::perms::owner_all);
    world.environment[1] = "PATH=" + (world.root() / "bin").string() + ":/usr/bin:/bin";
    SUBCASE("in one go") {}
    SUBCASE("in pieces") {
      world.options.patience = std::chrono::milliseconds(300);
      world.write("home/.bashrc", "exec fish\n");
    }
    const auto link = world.reach();
    REQUIRE_FALSE(link);
    CHECK(link.error().code == Errc::disk_full);
    CHECK(mentions(link.error().cause, "No space left on device"));
    CHECK(std::distance(
              fs::directory_iterator(world.root() / "disk/agent" / world.options.bundle.identity),
              {}) == 0);
  }
}

TEST_CASE("a shared directory of our name that others can enter is not trusted") {
  if (!may_mount()) return;
  // A /var/tmp of this process's own: tests that run beside this one use the real one.
  REQUIRE(::unshare(CLONE_NEWNS) == 0);
  REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  Tmpfs shared("/var/tmp", 0, "size=4m,mode=1777");
  World world("dash");
  world.environment[0] = "UNUSED=";
  SUBCASE("readable by others") { fs::create_directory("/var/tmp/re-0"); }
  SUBCASE("a link") {
    fs::create_directory("/var/tmp/elsewhere");
    fs::permissions("/var/tmp/elsewhere", fs::perms::owner_all);
    fs::create_symlink("/var/tmp/elsewhere", "/var/tmp/re-0");
  }
  SUBCASE("of somebody else") {
    fs::create_directory("/var/tmp/re-0");
    fs::permissions("/var/tmp/re-0", fs::perms::owner_all);
    REQUIRE(::chown("/var/tmp/re-0", 12345, 12345) == 0);
  }
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->facts.agent.starts_with("/tmp/re-0/agent/"));
}

TEST_CASE("an unsupported platform is named, and nothing is sent there") {
  World world("bash");
  world.write("bin/uname", "#!/bin/sh\ncase $1 in -s) echo FreeBSD;; *) echo arm64;; esac\n");
  fs::permissions(world.root() / "bin/uname", fs::perms::owner_all);
  world.environment[1] = "PATH=" + (world.root() / "bin").string() + ":/usr/bin:/bin";
  const auto link = world.reach();
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::unsupported);
  CHECK(mentions(link.error().describe(), "FreeBSD on arm64"));
  CHECK(mentions(link.error().hint, "Linux on x86_64"));
  CHECK_FALSE(fs::exists(world.cached_agent()));
}

TEST_CASE("an account without a shell is an error that shows what it said") {
  World world("bash");
  world.shell = "/usr/sbin/nologin";
  const auto link = world.reach();
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::protocol);
  CHECK(mentions(link.error().cause, "This account is currently not available."));
}

TEST_CASE("a login shell that never answers ends at the deadline") {
  World world("bash");
  world.options.patience = std::chrono::milliseconds(50);
  world.write("home/.bashrc", "echo wait a bit\nsleep 1000 </dev/null\n");
  const auto transport = world.transport();
  const auto link = bootstrap::reach_agent(
      *transport, world.options, {.deadline = Deadline::after(std::chrono::milliseconds(400))});
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::timed_out);
  CHECK(mentions(link.error().cause, "wait a bit"));
}

TEST_CASE("an error of the agent itself arrives with its code and hint") {
  World world("bash", 0);
  world.write("bundled-agent",
              "#!/bin/sh\ncase $1 in version) echo re-agent 9.9.9;; *) echo \"$5 error "
              "{\\\"code\\\":\\\"disk_full\\\",\\\"message\\\":\\\"no "
              "room\\\",\\\"cause\\\":\\\"full\\\",\\\"hint\\\":\\\"clean\\\"}\";"
              "exit 1;; esac\n");
  world.options.bundle =
      *bootstrap::bundle_of(world.root() / "bundled-agent", "linux-x86_64", "9.9.9");
  const auto link = world.reach();
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::disk_full);
  CHECK(mentions(link.error().cause, "no room"));
  CHECK(link.error().hint == "clean");
}

TEST_CASE(
    "where forwards to sockets are forbidden a command carries the bytes, and that is remembered") {
  for (const std::string rc : {"", "exec zsh\n", "exec tcsh\n"})
    for (const Errc said : {Errc::denied, Errc::refused}) {
      CAPTURE(rc);
      World world("bash");
      world.write("home/.bashrc", rc);
      Variation transport(world.transport());
      transport.socket_error = said;
      const auto first = bootstrap::reach_agent(transport, world.options, soon());
      REQUIRE_MESSAGE(first, first.error().describe());
      CHECK(first->facts.bridged);
      CHECK(testing::echoes(*first->stream));
      CHECK(transport.commands.size() == 2);

      world.options.known = first->facts;
      const auto starts = world.runs("start");
      const auto second = bootstrap::reach_agent(transport, world.options, soon());
      REQUIRE_MESSAGE(second, second.error().describe());
      CHECK(testing::echoes(*second->stream));
      CHECK(world.runs("start") == starts);
      CHECK(transport.commands.size() == 3);
    }
}

TEST_CASE("a remembered bridge whose agent is gone is found out and healed") {
  World world("bash");
  Variation transport(world.transport());
  transport.socket_error = Errc::denied;
  const auto first = bootstrap::reach_agent(transport, world.options, soon());
  REQUIRE(first);
  world.options.known = first->facts;
  fs::remove(world.cached_agent());
  const auto second = bootstrap::reach_agent(transport, world.options, soon());
  REQUIRE_MESSAGE(second, second.error().describe());
  CHECK(second->installed);
  CHECK(testing::echoes(*second->stream));
}

TEST_CASE("a machine of another platform gets the agent that is made for it, and is known then") {
  World world("bash");
  world.write("bin/uname", "#!/bin/sh\ncase $1 in -s) echo Linux;; *) echo aarch64;; esac\n");
  fs::permissions(world.root() / "bin/uname", fs::perms::owner_all);
  world.environment[1] = "PATH=" + (world.root() / "bin").string() + ":/usr/bin:/bin";
  const auto usual = world.options.bundle;
  const auto alone = world.reach();
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code == Errc::unsupported);
  CHECK(mentions(alone.error().describe(), "linux-aarch64"));

  fs::copy_file(usual.path, world.root() / "arm-agent");
  std::ofstream(world.root() / "arm-agent", std::ios::app) << "# for ARM\n";
  const auto arm = *bootstrap::bundle_of(world.root() / "arm-agent", "linux-aarch64", "9.9.9");
  std::vector<std::string> asked;
  world.options.bundle_for = [&](const std::string& platform) -> Result<bootstrap::Bundle> {
    asked.push_back(platform);
    return arm;
  };
  const auto link = world.reach();
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(asked == std::vector<std::string>{"linux-aarch64"});
  CHECK(link->installed);
  CHECK(link->facts.platform == "linux-aarch64");
  CHECK(link->facts.identity == arm.identity);
  CHECK(fs::exists(world.home() / ".cache/re/agent" / arm.identity / "re-agent"));
}

TEST_CASE("no forward and no stdin is said clearly") {
  World world("bash");
  world.options.patience = std::chrono::milliseconds(300);
  world.write("home/.bashrc", "exec fish\n");
  Variation transport(world.transport());
  transport.socket_error = Errc::denied;
  const auto link = bootstrap::reach_agent(transport, world.options, soon());
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::unsupported);
  CHECK(mentions(link.error().hint, "AllowStreamLocalForwarding"));
}

TEST_CASE("on this machine the bundled agent itself is started, without a shell") {
  World world("bash");
  const auto link = bootstrap::reach_local_agent(world.options, soon());
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK(link->facts.agent == world.options.bundle.path.string());
  world.options.known = link->facts;
  REQUIRE(bootstrap::reach_local_agent(world.options, soon()));
  CHECK(world.runs("start") == 1);
}
