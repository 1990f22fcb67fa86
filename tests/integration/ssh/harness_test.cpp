#include <doctest/doctest.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "support/sshd.hpp"

using namespace libre;
using namespace libre::testing;

static Output ssh(const Sshd& server, const std::string& command) {
  auto output =
      run({.argv = {"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i",
                    server.key().string(), "-o",
                    "UserKnownHostsFile=" + server.known_hosts().string(), "-p",
                    std::to_string(server.port()), server.user() + "@" + server.host(), command}});
  REQUIRE(output);
  return *output;
}

TEST_CASE("OpenSSH's own client logs in to the test server and sees a fresh home") {
  auto server = Sshd::start();
  const auto output = ssh(server, "echo $HOME");
  CHECK(output.err == "");
  CHECK(output.out == server.remote_home().string() + "\n");
}

TEST_CASE("OpenSSH's own client logs in as a made user with the shell asked for") {
  const TestUser user("/bin/dash");
  user.write(".profile", "true\n");
  auto server = Sshd::start({.user = user.name()});
  const auto output = ssh(server, "echo $SHELL $HOME; whoami");
  CHECK(output.out == "/bin/dash " + user.home().string() + "\n" + user.name() + "\n");
}

TEST_CASE("OpenSSH's own client refuses the test server after its host key changed") {
  auto server = Sshd::start();
  server.change_host_key();
  CHECK(ssh(server, "true").exit.code == 255);
}
