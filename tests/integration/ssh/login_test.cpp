#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "helpers.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

// A real ssh-agent, ended with the test.
class Agent {
 public:
  Agent() {
    socket_ = (directory_.path() / "agent").string();
    auto pid = spawn({.argv = {"ssh-agent", "-D", "-a", socket_}, .out = null_.get()});
    REQUIRE(pid);
    pid_ = *pid;
    const auto deadline = Deadline::after(std::chrono::seconds(10));
    while (!connect_unix(socket_, soon())) REQUIRE_FALSE(deadline.passed());
  }
  ~Agent() {
    ::kill(pid_, SIGKILL);
    (void)wait_exit(pid_, {});
  }
  void add(const std::filesystem::path& key) {
    checked_run({"env", "SSH_AUTH_SOCK=" + socket_, "ssh-add", "-q", key.string()});
  }
  const std::string& socket() const { return socket_; }

 private:
  ScratchDirectory directory_;
  Fd null_ = Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::string socket_;
  pid_t pid_ = -1;
};

std::filesystem::path make_key(const std::filesystem::path& path, const std::string& passphrase,
                               const std::vector<std::string>& options = {"-t", "ed25519"}) {
  std::filesystem::create_directories(path.parent_path());
  std::vector<std::string> argv{"ssh-keygen", "-q", "-N", passphrase, "-f", path.string()};
  argv.insert(argv.end(), options.begin(), options.end());
  checked_run(argv);
  return path;
}

Client client_of(const Sshd& server) {
  Client client;
  client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
  return client;
}

}  // namespace

TEST_CASE("a key without a passphrase logs in and runs a command") {
  auto server = Sshd::start();
  const auto client = client_of(server);
  auto transport = connect(client, server.instance());
  if (!transport) FAIL(transport.error().describe());
  CHECK(output_of(**transport, "echo $HOME") == server.remote_home().string() + "\n");
  CHECK((*transport)->describe() == server.user() + "@127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("keys of every usual type and format log in") {
  auto server = Sshd::start();
  const auto client = client_of(server);
  int number = 0;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-t", "rsa", "-b", "2048"},
        {"-t", "ecdsa", "-b", "384"},
        {"-t", "rsa", "-m", "PEM"}}) {
    const auto key = make_key(client.home() / ("key" + std::to_string(number++)), "", options);
    server.authorize(*read_file(key.string() + ".pub"));
    auto instance = server.instance();
    instance.identity_file = key.string();
    const auto transport = connect(client, instance);
    if (!transport) FAIL(transport.error().describe());
  }
}

TEST_CASE("the default key in the home directory is found") {
  auto server = Sshd::start();
  const Client client;
  server.write_client_home(client.home());
  InstanceConfig instance;
  instance.host = "testbox";
  const auto transport = connect(client, instance);
  if (!transport) FAIL(transport.error().describe());
}

TEST_CASE("an encrypted key asks for its passphrase, up to three times") {
  auto server = Sshd::start();
  const auto client = client_of(server);
  const auto key = make_key(client.home() / "locked", "open sesame");
  server.authorize(*read_file(key.string() + ".pub"));
  auto instance = server.instance();
  instance.identity_file = key.string();
  ScriptedPrompter prompter;
  prompter.secrets = {"wrong", "open sesame"};
  const auto transport = connect(client, instance, {.prompter = &prompter});
  if (!transport) FAIL(transport.error().describe());
  CHECK(prompter.asked.size() == 2);
  const auto nobody = connect(client, instance);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Errc::auth);
  CHECK(nobody.error().cause.find("needs a passphrase") != std::string::npos);
}

TEST_CASE("nobody is asked for the passphrase of a key that the server would refuse") {
  auto server = Sshd::start();
  const auto client = client_of(server);
  auto instance = server.instance();
  instance.identity_file = make_key(client.home() / "stranger", "secret").string();
  ScriptedPrompter prompter;
  const auto transport = connect(client, instance, {.prompter = &prompter});
  REQUIRE_FALSE(transport);
  CHECK(prompter.asked.empty());
  CHECK(transport.error().code == Errc::auth);
  CHECK(transport.error().cause.find("refused: public key") != std::string::npos);
  CHECK(transport.error().cause.find("the server accepts publickey") != std::string::npos);
}

TEST_CASE("a key that others can read is not used, and said so") {
  auto server = Sshd::start();
  const auto client = client_of(server);
  std::filesystem::permissions(server.key(), std::filesystem::perms(0644));
  const auto transport = connect(client, server.instance());
  REQUIRE_FALSE(transport);
  CHECK(transport.error().cause.find("chmod 600") != std::string::npos);
}

TEST_CASE("the agent's key logs in") {
  auto server = Sshd::start();
  auto client = client_of(server);
  Agent agent;
  agent.add(server.key());
  client.agent = agent.socket();
  auto instance = server.instance();
  instance.identity_file.clear();
  const auto transport = connect(client, instance);
  if (!transport) FAIL(transport.error().describe());
}

TEST_CASE("of an agent full of other keys the one that was named is tried first") {
  auto server = Sshd::start({.config = {"MaxAuthTries 2"}});
  auto client = client_of(server);
  Agent agent;
  for (int i = 0; i < 6; ++i)
    agent.add(make_key(client.home() / ("other" + std::to_string(i)), ""));
  const auto locked = make_key(client.home() / "locked", "");
  server.authorize(*read_file(locked.string() + ".pub"));
  agent.add(locked);
  checked_run({"ssh-keygen", "-q", "-p", "-N", "secret", "-f", locked.string()});
  client.agent = agent.socket();
  auto instance = server.instance();
  instance.identity_file = locked.string();
  SUBCASE("") {}
  SUBCASE("with IdentitiesOnly") { client.config("IdentitiesOnly yes\n"); }
  const auto transport = connect(client, instance);
  if (!transport) FAIL(transport.error().describe());
}

TEST_CASE("IdentitiesOnly keeps the agent's other keys away from the server") {
  auto server = Sshd::start();
  auto client = client_of(server);
  Agent agent;
  agent.add(server.key());
  client.agent = agent.socket();
  client.config("IdentitiesOnly yes\n");
  auto instance = server.instance();
  instance.identity_file = make_key(client.home() / "other", "").string();
  const auto transport = connect(client, instance);
  REQUIRE_FALSE(transport);
  CHECK(transport.error().code == Errc::auth);
}

TEST_CASE("an agent that is not there, or never answers, does not stop a login") {
  auto server = Sshd::start();
  auto client = client_of(server);
  client.agent = "/nonexistent/agent";
  auto instance = server.instance();
  instance.identity_file.clear();
  const auto transport = connect(client, instance);
  REQUIRE_FALSE(transport);
  CHECK(transport.error().cause.find("not usable: the agent") != std::string::npos);
}

TEST_CASE("a password is asked for, and a wrong one three times is an end") {
  const TestUser user;
  auto server = Sshd::start({.user = user.name(), .password = true, .public_key = false});
  const auto client = client_of(server);
  ScriptedPrompter prompter;
  prompter.secrets = {"wrong", user.password()};
  CHECK(connect(client, server.instance(), {.prompter = &prompter}));
  CHECK(prompter.asked == std::vector<std::string>(2, user.name() + "@127.0.0.1's password: "));
  prompter.secrets = {"bad-1", "bad-2", "bad-3", "bad-4"};
  Notes notes;
  const auto refused =
      connect(client, server.instance(), {.observer = &notes, .prompter = &prompter});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::auth);
  CHECK(prompter.secrets.size() == 1);
  CHECK(refused.error().cause.find("refused: password") != std::string::npos);
  CHECK((refused.error().describe() + notes.text).find("bad-") == std::string::npos);
}

TEST_CASE("the configuration's password logs in, and a wrong one is in no error text") {
  const TestUser user;
  auto server = Sshd::start({.user = user.name(), .password = true, .public_key = false});
  const auto client = client_of(server);
  auto instance = server.instance();
  instance.password = user.password();
  Notes notes;
  auto transport = connect(client, instance, {.observer = &notes});
  if (!transport) FAIL(transport.error().describe());
  CHECK(output_of(**transport, "whoami") == user.name() + "\n");
  instance.password = "never-say-this";
  const auto refused = connect(client, instance, {.observer = &notes});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::auth);
  CHECK((refused.error().describe() + notes.text).find("never-say-this") == std::string::npos);
}

TEST_CASE("keyboard-interactive asks what the server asks") {
  const TestUser user;
  auto server =
      Sshd::start({.user = user.name(), .keyboard_interactive = true, .public_key = false});
  const auto client = client_of(server);
  ScriptedPrompter prompter;
  prompter.secrets = {user.password()};
  const auto asked = connect(client, server.instance(), {.prompter = &prompter});
  if (!asked) FAIL(asked.error().describe());
  CHECK(prompter.asked.size() == 1);
  auto instance = server.instance();
  instance.password = user.password();
  const auto stored = connect(client, instance);
  if (!stored) FAIL(stored.error().describe());
}

TEST_CASE("a key and then a password, where the server wants both") {
  const TestUser user;
  auto server = Sshd::start({.config = {"AuthenticationMethods publickey,password"},
                             .user = user.name(),
                             .password = true});
  const auto client = client_of(server);
  ScriptedPrompter prompter;
  prompter.secrets = {user.password()};
  const auto transport = connect(client, server.instance(), {.prompter = &prompter});
  if (!transport) FAIL(transport.error().describe());
}

TEST_CASE("the server's banner reaches the person, without its control bytes") {
  Client client;
  client.put("banner", "Welcome\x1b[2J to the machine\n");
  auto server = Sshd::start({.config = {"Banner " + (client.home() / "banner").string()}});
  client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
  Notes notes;
  CHECK(connect(client, server.instance(), {.observer = &notes}));
  CHECK(notes.text.find("Welcome\\x1b[2J to the machine") != std::string::npos);
}
