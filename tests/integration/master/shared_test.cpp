// One connection for many commands: over a real sshd, with the `re` of this build.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "master_helpers.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

TEST_CASE("fifty commands at the same instant log in once, and all succeed") {
  const Laptop laptop;
  laptop.init();
  std::vector<std::unique_ptr<Running>> commands;
  for (int i = 0; i < 50; ++i)
    commands.push_back(std::make_unique<Running>(laptop, std::vector<std::string>{"list"}));
  for (auto& command : commands) {
    const auto end = command->wait();
    CHECK_MESSAGE(end.ok(), command->err());
  }
  CHECK(logins(laptop) == 1);
  CHECK(masters_of(laptop).size() == 1);
}

TEST_CASE("a warm command is one round trip, a cold one is seven at most") {
  World world;
  const auto& laptop = world.laptop;
  REQUIRE(laptop.re({"list"}).exit.ok());  // installs the agent, remembers its socket
  end_masters(laptop);
  // So long that a busy test machine is never slower: what goes out before an answer is one round trip.
  world.proxy.set_delay(std::chrono::milliseconds(250));
  // The proxy sees all but the one of TCP's own handshake. Both sides send their algorithms unasked: where
  // these cross, it may count a turn that is none. So the best of some counts.
  std::uint64_t cold = 100;
  for (int i = 0; i < 4 && cold > 6; ++i) {
    end_masters(laptop);
    world.settle();
    cold = std::min(cold, world.turns_of([&] { CHECK(laptop.re({"list"}).exit.ok()); }));
  }
  CHECK(cold + 1 <= 7);
  for (int i = 0; i < 3; ++i) {
    world.settle();
    CHECK(world.turns_of([&] { CHECK(laptop.re({"list"}).exit.ok()); }) == 1);
  }
}

TEST_CASE("a master holds no terminal, no directory and nothing of the one who started it") {
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto masters = masters_of(laptop);
  REQUIRE(masters.size() == 1);
  const auto process = fs::path("/proc") / std::to_string(masters.front());
  CHECK(fs::read_symlink(process / "cwd") == "/");
  for (const char* fd : {"0", "1", "2"})
    CHECK(fs::read_symlink(process / "fd" / fd) == "/dev/null");
  for (const auto& entry : fs::directory_iterator(process / "fd")) {
    std::error_code gone;
    const auto target = fs::read_symlink(entry.path(), gone).string();
    CHECK_MESSAGE((gone || target == "/dev/null" || target.starts_with("socket:") ||
                   target.starts_with("anon_inode:")),
                  target);
  }
  const auto fields = split(*read_file(process / "stat"), ' ');
  CHECK(fields.at(6) == "0");                              // tty
  CHECK(fields.at(5) != std::to_string(masters.front()));  // leads no session …
  CHECK(fields.at(5) != std::to_string(::getsid(0)));      // … and is not in ours
}

TEST_CASE("with persist = 0 each command logs in for itself and leaves nothing") {
  const Laptop laptop;
  laptop.home.write(".recompute.conf",
                    "[general]\ninstance = testbox\n[instance 0]\nname = testbox\n"
                    "host = testbox\npersist = 0\n");
  laptop.init();
  const auto before = logins(laptop);
  for (int i = 0; i < 2; ++i) CHECK(laptop.re({"list"}).exit.ok());
  CHECK(logins(laptop) == before + 2);
  CHECK(masters_of(laptop).empty());
}

TEST_CASE("without the program for shared connections each command logs in for itself") {
  Laptop laptop;
  laptop.home.set["LIBRE_MASTER"] = "/nonexistent/libre-master";
  laptop.init();
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(masters_of(laptop).empty());
}

TEST_CASE("a master leaves when nobody has used it for its time, but not while somebody does") {
  Laptop laptop;
  laptop.home.set["RE_MASTER_IDLE"] = "1";
  laptop.init();
  const auto job = laptop.submit({"--no-rsync", "sleep 3"});
  const auto masters = masters_of(laptop);
  REQUIRE(masters.size() == 1);
  CHECK(laptop.re({"log", "-f", job}).exit.ok());
  CHECK(masters_of(laptop) == masters);
  CHECK(eventually([&] { return masters_of(laptop).empty(); }));
  CHECK(laptop.re({"list"}).exit.ok());
}

TEST_CASE("a wrong password leaves no master, and the right one then works") {
  const Laptop laptop(
      {.server = {.public_key = false}, .login_shell = "/bin/bash", .password = true});
  const auto right = laptop.home.read(".recompute.conf");
  auto wrong = right;
  wrong.replace(wrong.find("password = ") + 11, 3, "no-");
  laptop.home.write(".recompute.conf", wrong);
  fs::permissions(laptop.home / ".recompute.conf", fs::perms(0600));
  const auto refused = laptop.re({"list"});
  CHECK(refused.exit.code == 255);
  CHECK(contains(refused.err, "does not accept our login"));
  CHECK(contains(refused.err, "nobody could be asked for a password"));
  CHECK(masters_of(laptop).empty());
  laptop.home.write(".recompute.conf", right);
  fs::permissions(laptop.home / ".recompute.conf", fs::perms(0600));
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(masters_of(laptop).size() == 1);
  const auto arguments =
      *read_file("/proc/" + std::to_string(masters_of(laptop).front()) + "/cmdline") +
      *read_file("/proc/" + std::to_string(masters_of(laptop).front()) + "/environ");
  const auto at = right.find("password = ") + 11;
  CHECK_FALSE(contains(arguments, right.substr(at, right.find('\n', at) - at)));
}

TEST_CASE("a dead master's socket is replaced, and so is a master that hangs") {
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"list"}).exit.ok());
  auto masters = masters_of(laptop);
  REQUIRE(masters.size() == 1);
  ::kill(masters.front(), SIGKILL);
  CHECK(fs::exists(socket_of(laptop)));
  CHECK(laptop.re({"list"}).exit.ok());
  masters = masters_of(laptop);
  REQUIRE(masters.size() == 1);
  ::kill(masters.front(), SIGSTOP);
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(masters_of(laptop).size() == 2);
  CHECK(logins(laptop) == 3);
}

TEST_CASE("a directory that others can enter or own is not used, and said so") {
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"list"}).exit.ok());
  end_masters(laptop);
  const auto directory = socket_of(laptop).parent_path();
  fs::permissions(directory, fs::perms(0755));
  SUBCASE("others can enter") {}
  SUBCASE("another user's") {  // only root can make one
    fs::permissions(directory, fs::perms(0700));
    if (::chown(directory.c_str(), 65534, 65534) != 0) return;
  }
  SUBCASE("a link") {
    fs::rename(directory, directory.string() + ".moved");
    fs::create_directory_symlink(directory.string() + ".moved", directory);
  }
  const auto listed = laptop.re({"list"});
  CHECK(listed.exit.ok());
  CHECK_MESSAGE(contains(listed.err, "is no safe place"), listed.err);
  CHECK(masters_of(laptop).empty());
}

TEST_CASE("a way through another machine or through a command is shared like any other") {
  const Laptop laptop;
  const auto config = laptop.home.read(".ssh/config");
  const auto direct = config.substr(config.find('\n') + 1);
  SUBCASE("ProxyJump") {
    laptop.home.write(".ssh/config", "Host gate\n" + direct + config + "  ProxyJump gate\n");
  }
  SUBCASE("ProxyCommand") {
    laptop.home.write(
        ".ssh/config",
        config + "  ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'\n");
  }
  laptop.init();
  CHECK(laptop.re({"list"}).exit.ok());
  const auto before = logins(laptop);
  for (int i = 0; i < 3; ++i) CHECK(laptop.re({"list"}).exit.ok());
  CHECK(logins(laptop) == before);
  CHECK(masters_of(laptop).size() == 1);
}
