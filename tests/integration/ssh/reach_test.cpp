#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "helpers.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

// A TCP port where connections are taken (by the kernel) and nothing is ever said.
struct SilentPort {
  Fd fd = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int port = 0;
  explicit SilentPort(bool listening) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    if (listening) REQUIRE(::listen(fd.get(), 8) == 0);
  }
};

InstanceConfig at(const std::string& host, int port) {
  InstanceConfig instance;
  instance.host = host;
  instance.port = port;
  return instance;
}

Errc code_of(const Client& client, const InstanceConfig& instance, std::chrono::milliseconds span) {
  const auto target = resolve_ssh_target(instance, client.places());
  REQUIRE(target);
  const auto transport = connect_ssh(*target, {}, within(span));
  REQUIRE_FALSE(transport);
  MESSAGE(transport.error().describe());
  return transport.error().code;
}

std::string fingerprint_of(const std::filesystem::path& key) {
  return split(checked_run({"ssh-keygen", "-lf", key.string() + ".pub"}), ' ').at(1);
}

}  // namespace

TEST_CASE("a port where nobody listens is refused, a silent one times out, a wrong name is dns") {
  const Client client;
  const SilentPort closed(false), silent(true);
  CHECK(code_of(client, at("127.0.0.1", closed.port), std::chrono::seconds(10)) == Errc::refused);
  CHECK(code_of(client, at("127.0.0.1", silent.port), std::chrono::milliseconds(300)) ==
        Errc::timed_out);
  CHECK(code_of(client, at("no-such-host.invalid", 22), std::chrono::seconds(20)) == Errc::dns);
  client.config("ConnectTimeout 1\n");
  CHECK(code_of(client, at("127.0.0.1", silent.port), std::chrono::seconds(60)) == Errc::timed_out);
}

TEST_CASE("an unknown host key needs a yes, and is then in known_hosts") {
  auto server = Sshd::start();
  const Client client;
  const auto known = client.home() / ".ssh/known_hosts";
  const auto alone = connect(client, server.instance());
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code == Errc::host_key);
  CHECK(alone.error().cause.find(fingerprint_of(server.host_key())) != std::string::npos);
  ScriptedPrompter prompter;
  CHECK(connect(client, server.instance(), {.prompter = &prompter}).error().code == Errc::host_key);
  CHECK_FALSE(std::filesystem::exists(known));
  prompter.yes = true;
  REQUIRE(connect(client, server.instance(), {.prompter = &prompter}));
  CHECK(prompter.asked.size() == 2);
  CHECK(prompter.asked[1].find(fingerprint_of(server.host_key())) != std::string::npos);
  struct stat status {};
  REQUIRE(::stat(known.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(connect(client, server.instance()));
  // OpenSSH agrees with what was written.
  CHECK(checked_run({"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
                     "-o", "UserKnownHostsFile=" + known.string(), "-i", server.key().string(),
                     "-p", std::to_string(server.port()), server.user() + "@127.0.0.1",
                     "echo agreed"}) == "agreed\n");
}

TEST_CASE("accept-new adds an unknown key without a question, strict refuses it") {
  auto server = Sshd::start();
  const Client client;
  client.config("StrictHostKeyChecking yes\n");
  CHECK(connect(client, server.instance()).error().code == Errc::host_key);
  client.config("StrictHostKeyChecking accept-new\n");
  REQUIRE(connect(client, server.instance()));
  client.config("StrictHostKeyChecking yes\n");
  CHECK(connect(client, server.instance()));
}

TEST_CASE("a changed host key is refused with both fingerprints, the line and the command") {
  auto server = Sshd::start();
  const Client client;
  client.put(".ssh/known_hosts", "# a comment\n" + *read_file(server.known_hosts()));
  const auto old = fingerprint_of(server.host_key());
  server.change_host_key();
  ScriptedPrompter prompter;
  prompter.yes = true;
  const auto transport = connect(client, server.instance(), {.prompter = &prompter});
  REQUIRE_FALSE(transport);
  const auto& error = transport.error();
  CHECK(error.code == Errc::host_key);
  CHECK(prompter.asked.empty());
  CHECK(error.cause.find(old) != std::string::npos);
  CHECK(error.cause.find(fingerprint_of(server.host_key())) != std::string::npos);
  CHECK(error.cause.find("/.ssh/known_hosts:2 ") != std::string::npos);
  // The hint is a command that works.
  const auto command = error.hint.substr(error.hint.find("ssh-keygen"));
  checked_run({"sh", "-c", command});
  CHECK(connect(client, server.instance(), {.prompter = &prompter}));
}

TEST_CASE("a hashed known_hosts is understood, for a right key and a changed one") {
  auto server = Sshd::start();
  const Client client;
  client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
  checked_run({"ssh-keygen", "-H", "-f", (client.home() / ".ssh/known_hosts").string()});
  REQUIRE(read_file(client.home() / ".ssh/known_hosts")->starts_with("|1|"));
  const auto transport = connect(client, server.instance());
  if (!transport) FAIL(transport.error().describe());
  server.change_host_key();
  CHECK(connect(client, server.instance()).error().cause.find("known_hosts:1 has") !=
        std::string::npos);
}

TEST_CASE("of a server's several keys the known one is checked") {
  Client client;
  checked_run({"ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f",
               (client.home() / "rsa").string()});
  auto server = Sshd::start({.config = {"HostKey " + (client.home() / "rsa").string()}});
  client.put(".ssh/known_hosts", "[127.0.0.1]:" + std::to_string(server.port()) + " " +
                                     *read_file(client.home() / "rsa.pub"));
  const auto transport = connect(client, server.instance());
  if (!transport) FAIL(transport.error().describe());
}

TEST_CASE("ProxyJump goes through a second server, and its host key and login count too") {
  auto far = Sshd::start(), near = Sshd::start();
  const Client client;
  client.put(".ssh/known_hosts", *read_file(far.known_hosts()) + *read_file(near.known_hosts()));
  client.put("near_key", *read_file(near.key()));
  client.config("Host near\n HostName 127.0.0.1\n Port " + std::to_string(near.port()) +
                "\n IdentityFile ~/near_key\n" +
                "Host far\n HostName localhost\n HostKeyAlias [127.0.0.1]:" +
                std::to_string(far.port()) + "\n ProxyJump near\n");
  auto instance = far.instance();
  instance.host = "far";
  auto transport = connect(client, instance);
  if (!transport) FAIL(transport.error().describe());
  CHECK(output_of(**transport, "echo $HOME; echo $SSH_CONNECTION | cut -d' ' -f4") ==
        far.remote_home().string() + "\n" + std::to_string(far.port()) + "\n");
  CHECK(near.log().find("Accepted publickey") != std::string::npos);
  CHECK(output_of(**transport, "head -c 3000000 /dev/zero").size() == 3'000'000);
  near.cut_connections();
  std::byte buffer[8];
  auto stream = (*transport)->execute("cat", soon());
  if (stream)
    CHECK((*stream)->read(buffer, soon()).error().code == Errc::disconnected);
  else
    CHECK(stream.error().code == Errc::disconnected);
}

TEST_CASE("a ProxyJump that fails says which machine failed") {
  auto far = Sshd::start();
  const SilentPort closed(false);
  const Client client;
  auto instance = far.instance();
  instance.proxy_jump = "nobody@127.0.0.1:" + std::to_string(closed.port);
  const auto transport = connect(client, instance);
  REQUIRE_FALSE(transport);
  CHECK(transport.error().code == Errc::refused);
  CHECK(transport.error().message.find("through nobody@127.0.0.1") != std::string::npos);
}

TEST_CASE("ProxyCommand is the way to the machine, and ends with the session") {
  auto server = Sshd::start();
  const Client client;
  client.put(".ssh/known_hosts", *read_file(server.known_hosts()));
  const auto mark = client.home() / "mark";
  client.put(
      "proxy",
      "echo $1 $2 $3 > " + mark.string() +
          "\nexec ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes "
          "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i " +
          server.key().string() + " -p $2 -W $1:$2 $3@$1\n");
  client.config("ProxyCommand sh " + (client.home() / "proxy").string() + " %h %p %r\n");
  auto transport = connect(client, server.instance());
  if (!transport) FAIL(transport.error().describe());
  CHECK(output_of(**transport, "echo through") == "through\n");
  CHECK(*read_file(mark) ==
        "127.0.0.1 " + std::to_string(server.port()) + " " + server.user() + "\n");
}
