// The machine as its agent sees it, alone and over a connection.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <thread>

#include "base/files.hpp"
#include "base/text.hpp"
#include "machine/local_machine.hpp"
#include "machine/remote_machine.hpp"
#include "machine/serve_machine.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::machine;

namespace {

const std::string public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBjVzbpMUrWV7vNMXmbGM6Qjsw3fFUeLVnqsqOSmSoLQ me@laptop";

unsigned mode_of(const std::filesystem::path& path) {
  struct ::stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

// A machine behind a connection, and the thread that serves it.
struct Served {
  LocalMachine local;
  rpc::Service service;
  std::unique_ptr<Stream> there;
  std::optional<rpc::Connection> connection;
  std::thread thread;
  explicit Served(LocalMachineOptions options) : local(std::move(options)) {
    serve_machine(service, local);
    auto streams = make_stream_pair();
    REQUIRE(streams);
    there = std::move(streams->second);
    connection = *rpc::Connection::open(std::move(streams->first), {});
    thread = std::thread([this] { (void)rpc::serve(*there, service, Log::nowhere()); });
  }
  ~Served() {
    connection.reset();
    thread.join();
  }
};

}  // namespace

TEST_CASE("a public_key is authorized with the modes that sshd wants, and once only") {
  const test::TemporaryDirectory home;
  Served served({.home = home.path()});
  RemoteMachine machine(*served.connection);
  const auto first = machine.authorize(public_key, {});
  REQUIRE(first);
  CHECK(first->added);
  CHECK(first->file == (home / ".ssh/authorized_keys").string());
  CHECK(*read_file(home / ".ssh/authorized_keys") == public_key + "\n");
  CHECK(mode_of(home / ".ssh") == 0700);
  CHECK(mode_of(home / ".ssh/authorized_keys") == 0600);
  const auto second =
      machine.authorize(public_key.substr(0, public_key.find(" me")) + " renamed", {});
  REQUIRE(second);
  CHECK_FALSE(second->added);
  CHECK(*read_file(home / ".ssh/authorized_keys") == public_key + "\n");
  CHECK(machine.authorize("no public_key", {}).error().code == Errc::usage);
  CHECK(*read_file(home / ".ssh/authorized_keys") == public_key + "\n");
}

TEST_CASE("of keys that come at the same time none is lost") {
  const test::TemporaryDirectory home;
  LocalMachine machine({.home = home.path()});
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'i'; ++c)
    threads.emplace_back([&machine, c] {
      auto other = public_key;
      other.replace(other.find("IBjV"), 4, std::string("IBj") + c);
      (void)machine.authorize(other, {});
    });
  for (auto& thread : threads) thread.join();
  CHECK(split_lines(*read_file(home / ".ssh/authorized_keys")).size() == 8);
}

TEST_CASE(
    "modes for which sshd would refuse the public_key are mended, or told where they are not "
    "ours") {
  const test::TemporaryDirectory home;
  std::filesystem::create_directories(home / ".ssh");
  REQUIRE(write_file_atomic(home / "elsewhere", public_key + "\n", 0666));
  std::filesystem::permissions(home / "elsewhere", std::filesystem::perms(0666));
  std::filesystem::create_symlink(home / "elsewhere", home / ".ssh/authorized_keys");
  std::filesystem::permissions(home / ".ssh", std::filesystem::perms(0777));
  std::filesystem::permissions(home.path(), std::filesystem::perms(0777));
  LocalMachine machine({.home = home.path()});
  const auto report = machine.authorize(public_key, {});
  REQUIRE(report);
  CHECK_FALSE(report->added);
  CHECK(mode_of(home / ".ssh") == 0700);
  CHECK(mode_of(home / "elsewhere") == 0600);
  CHECK(std::filesystem::is_symlink(home / ".ssh/authorized_keys"));
  CHECK(report->notice.find("chmod go-w") != std::string::npos);
}

TEST_CASE("a look tells home, disk, clock, python and the server's settings, and changes nothing") {
  const test::TemporaryDirectory home;
  REQUIRE(write_file_atomic(home / "sshd_config", "Include extra.d/*.conf\nMaxSessions 3\n"));
  std::filesystem::create_directories(home / "extra.d");
  REQUIRE(write_file_atomic(home / "extra.d/a.conf", "UseDNS yes\n"));
  Served served({.home = home.path(), .server_config = home / "sshd_config"});
  RemoteMachine machine(*served.connection);
  const auto facts = machine.look({});
  REQUIRE(facts);
  CHECK(facts->home == home.path().string());
  CHECK(facts->home_writable);
  CHECK(facts->disk_total >= facts->disk_free);
  CHECK(facts->disk_total > 0);
  CHECK(facts->clock > 1.6e9);
  CHECK(facts->system.starts_with("Linux "));
  CHECK(facts->python.path.empty() == facts->python.version.empty());
  CHECK(facts->server.readable);
  CHECK(facts->server.max_sessions == 3);
  CHECK(facts->server.use_dns);
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(home.path()))
    entries += entry.exists();
  CHECK(entries == 2);
}
