// The real agent, put on a fresh account over a real sshd.
#include <doctest/doctest.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/files.hpp"
#include "bootstrap/connect.hpp"
#include "rpc/connection.hpp"
#include "rpc/messages.hpp"
#include "support/patience.hpp"
#include "support/sshd.hpp"
#include "transport/ssh/ssh_transport.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// A fresh account with a login shell, its sshd, and a client that knows its key.
struct Account {
  explicit Account(const std::string& shell, std::vector<std::string> config = {})
      : user(shell), server(Sshd::start({.config = std::move(config), .user = user.name()})) {
    server.write_client_home(client.path());
    options.bundle = *bootstrap::find_bundle("linux-x86_64", process_environment());
  }

  ~Account() {
    const passwd* entry = ::getpwnam(user.name().c_str());
    std::error_code ignored;
    if (entry) fs::remove_all("/tmp/re-" + std::to_string(entry->pw_uid), ignored);
  }
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  Result<std::unique_ptr<transport::SshTransport>> connect() const {
    const transport::SshPlaces places{
        [home = client.path().string()](const char* name) -> std::optional<std::string> {
          if (std::string(name) == "HOME") return home;
          return std::nullopt;
        },
        client.path() / "none"};
    InstanceConfig instance = server.instance();
    LIBRE_TRY(const auto target, transport::resolve_ssh_target(instance, places));
    return transport::connect_ssh(target, {}, soon());
  }

  TestUser user;
  Sshd server;
  ScratchDirectory client;
  bootstrap::ReachOptions options;
};

// One request and its answer over the link.
Result<rpc::AgentFacts> ask(bootstrap::AgentLink link) {
  LIBRE_TRY(auto connection, rpc::Connection::open(std::move(link.stream), soon()));
  LIBRE_TRY(const auto call, connection.send("agent.facts", {}, soon()));
  LIBRE_TRY(const auto reply, connection.wait_reply(call, soon()));
  return from_json<rpc::AgentFacts>(reply.header);
}

// Installs, then comes back over the same session with what is known.
void check_account(Account& account) {
  const auto transport = account.connect();
  REQUIRE_MESSAGE(transport, transport.error().describe());
  auto first = bootstrap::reach_agent(**transport, account.options, soon());
  REQUIRE_MESSAGE(first, first.error().describe());
  CHECK(first->installed);
  CHECK(first->facts.home == account.user.home().string());
  account.options.known = first->facts;
  const auto told = ask(std::move(*first));
  REQUIRE_MESSAGE(told, told.error().describe());
  CHECK(told->socket == account.options.known.socket);

  auto second = bootstrap::reach_agent(**transport, account.options, soon());
  REQUIRE_MESSAGE(second, second.error().describe());
  CHECK_FALSE(second->installed);
  CHECK(second->stream->round_trip());
  const auto again = ask(std::move(*second));
  REQUIRE_MESSAGE(again, again.error().describe());
  CHECK(again->pid == told->pid);
}

bool is_root() {
  if (::getuid() == 0) return true;
  MESSAGE("not run: only root may make the accounts that this test needs");
  return false;
}

}  // namespace

TEST_CASE("a fresh account gets the agent over SSH, whatever its login shell") {
  if (!is_root()) return;
  const ScratchDirectory directory;
  fs::create_symlink("/usr/bin/busybox", directory.path() / "sh");
  const std::vector<std::string> shells = {"/usr/bin/bash", "/usr/bin/zsh",
                                           "/usr/bin/fish", "/usr/bin/tcsh",
                                           "/usr/bin/dash", (directory.path() / "sh").string()};
  for (const auto& shell : shells) {
    CAPTURE(shell);
    Account account(shell);
    check_account(account);
    CHECK_FALSE(account.options.known.bridged);
  }
}

TEST_CASE("rc files that print or start another shell do not keep the agent away") {
  if (!is_root()) return;
  for (const std::string shell : {"zsh", "tcsh", "fish"}) {
    CAPTURE(shell);
    Account account("/usr/bin/bash");
    account.options.patience = std::chrono::seconds(1);
    account.user.write(".bashrc", "echo Welcome; exec " + shell + "\n");
    check_account(account);
    CHECK(account.options.known.entry == (shell == "fish" ? "no-input" : "stdin"));
  }
}

TEST_CASE("a server that forbids forwards to sockets is served through a command") {
  if (!is_root()) return;
  for (const std::string rc : {"echo Welcome\n", "echo Welcome; exec zsh\n"}) {
    CAPTURE(rc);
    Account account("/usr/bin/bash", {"AllowStreamLocalForwarding no"});
    account.user.write(".bashrc", rc);
    check_account(account);
    CHECK(account.options.known.bridged);
  }
}

TEST_CASE("two clients that come to a fresh account at the same instant both get through") {
  if (!is_root()) return;
  Account account("/usr/bin/dash");
  std::atomic<int> served = 0;
  const auto client = [&] {
    auto transport = account.connect();
    if (!transport) return;
    auto link = bootstrap::reach_agent(**transport, account.options, soon());
    if (link && ask(std::move(*link))) ++served;
  };
  std::thread other(client);
  client();
  other.join();
  CHECK(served == 2);
}

TEST_CASE("an agent that left is started again where it was") {
  if (!is_root()) return;
  Account account("/usr/bin/bash");
  check_account(account);
  const auto transport = account.connect();
  REQUIRE(transport);
  {
    auto link = bootstrap::reach_agent(**transport, account.options, soon());
    REQUIRE(link);
    const auto told = ask(std::move(*link));
    REQUIRE(told);
    kill_descendants(static_cast<int>(told->pid));
    REQUIRE(::kill(static_cast<pid_t>(told->pid), SIGKILL) == 0);
    const Wait wait = soon();
    while (::kill(static_cast<pid_t>(told->pid), 0) == 0 && !wait.deadline.passed()) ::usleep(1000);
  }
  auto link = bootstrap::reach_agent(**transport, account.options, soon());
  REQUIRE_MESSAGE(link, link.error().describe());
  CHECK_FALSE(link->installed);
  CHECK(ask(std::move(*link)));
}

TEST_CASE(
    "a connection cut while the agent is sent leaves nothing half, and the next one succeeds") {
  if (!is_root()) return;
  struct Cutter final : Observer {
    Sshd* server = nullptr;
    void progress(const Progress&) override { server->cut_connections(); }
  } cutter;
  Account account("/usr/bin/bash");
  cutter.server = &account.server;
  account.options.observer = &cutter;
  {
    const auto transport = account.connect();
    REQUIRE_MESSAGE(transport, transport.error().describe());
    const auto link = bootstrap::reach_agent(**transport, account.options, soon());
    REQUIRE_FALSE(link);
    CHECK(link.error().code == Errc::disconnected);
  }
  const fs::path folder = account.user.home() / ".cache/re/agent" / account.options.bundle.identity;
  CHECK_FALSE(fs::exists(folder / "re-agent"));
  account.options.observer = nullptr;
  check_account(account);
  const Wait wait = soon();  // the cut script notices by itself and tidies up
  while (std::distance(fs::directory_iterator(folder), {}) > 1 && !wait.deadline.passed())
    ::usleep(1000);
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
}

TEST_CASE("on this machine the real agent is started directly") {
  const ScratchDirectory home;
  ::setenv("HOME", home.path().c_str(), 1);
  for (const char* name : {"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"}) ::unsetenv(name);
  bootstrap::ReachOptions options;
  options.bundle = *bootstrap::find_bundle("linux-x86_64", process_environment());
  auto link = bootstrap::reach_local_agent(options, soon());
  REQUIRE_MESSAGE(link, link.error().describe());
  options.known = link->facts;
  const auto told = ask(std::move(*link));
  REQUIRE_MESSAGE(told, told.error().describe());
  CHECK(told->home == home.path().string());
  auto again = bootstrap::reach_local_agent(options, soon());
  REQUIRE_MESSAGE(again, again.error().describe());
  const auto same = ask(std::move(*again));
  REQUIRE(same);
  CHECK(same->pid == told->pid);
  REQUIRE(::kill(static_cast<pid_t>(told->pid), SIGKILL) == 0);
  fs::remove_all(fs::path(told->socket).parent_path());
}

TEST_CASE("an account that cannot log in to a shell is told as such over SSH") {
  if (!is_root()) return;
  Account account("/usr/sbin/nologin");
  const auto transport = account.connect();
  REQUIRE_MESSAGE(transport, transport.error().describe());
  const auto link = bootstrap::reach_agent(**transport, account.options, soon());
  REQUIRE_FALSE(link);
  CHECK(link.error().code == Errc::protocol);
  CHECK(link.error().cause.find("not available") != std::string::npos);
}
