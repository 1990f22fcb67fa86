#include <doctest/doctest.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/sshd.hpp"
#include "transport/ssh/agent.hpp"
#include "transport/ssh/key_file.hpp"
#include "transport/ssh/known_hosts.hpp"
#include "transport/ssh/ssh_string.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

const HostKey a{"ssh-ed25519",
                "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"};
const HostKey b{"ssh-ed25519",
                "AAAAC3NzaC1lZDI1NTE5AAAAIGg7aFbHsiLO8lzbuOByn4ulPDVFd4eKfjAUYUGGpCqS"};
const HostKey other_type{"ecdsa-sha2-nistp256", "AAAAE2VjZHNh"};

std::string line(const std::string& hosts, const HostKey& key) {
  return hosts + " " + key.type + " " + key.blob + " note\n";
}

KeyState judge(const std::string& text, const std::string& host, int port, const HostKey& key) {
  return judge_host_key(parse_known_hosts(text, "f"), host, port, key).state;
}

}  // namespace

TEST_CASE("a host key is known, unknown, changed or revoked") {
  const std::string file = "# note\n\n" + line("one,two.lan,10.0.0.*", a) + line("[one]:2222", b) +
                           line("@revoked *", {"ssh-ed25519", "AAAAbad"}) +
                           line("@cert-authority *", other_type) + line("*.lan,!bad.lan", b) +
                           "garbage\n";
  CHECK(judge(file, "one", 22, a) == KeyState::known);
  CHECK(judge(file, "ONE", 22, a) == KeyState::known);
  CHECK(judge(file, "10.0.0.7", 22, a) == KeyState::known);
  CHECK(judge(file, "one", 22, b) == KeyState::changed);
  CHECK(judge(file, "one", 2222, b) == KeyState::known);
  CHECK(judge(file, "one", 2222, a) == KeyState::known);  // known without its port
  CHECK(judge(file, "one", 3333, b) ==
        KeyState::unknown);  // another key there says nothing about this port
  CHECK(judge(file, "new", 22, a) == KeyState::unknown);
  CHECK(judge(file, "one", 22, other_type) == KeyState::unknown);
  CHECK(judge(file, "x.lan", 22, b) == KeyState::known);
  CHECK(judge(file, "bad.lan", 22, b) == KeyState::unknown);
  CHECK(judge(file, "two.lan", 22, b) == KeyState::known);  // any matching line will do
  CHECK(judge(file, "anywhere", 22, {"ssh-ed25519", "AAAAbad"}) == KeyState::revoked);
  CHECK(known_key_types(parse_known_hosts(file, "f"), "one", 22) ==
        std::vector<std::string>{"ssh-ed25519"});
}

TEST_CASE("names that ssh-keygen -H has hashed are found, and only those") {
  const ScratchDirectory directory;
  const auto path = directory.path() / "known_hosts";
  REQUIRE(write_file_atomic(path,
                            line("secret.example.org", a) + line("[secret.example.org]:2222", b)));
  checked_run({"ssh-keygen", "-H", "-f", path.string()});
  const auto text = *read_file(path);
  REQUIRE(text.find("secret") == std::string::npos);
  CHECK(judge(text, "secret.example.org", 22, a) == KeyState::known);
  CHECK(judge(text, "secret.example.org", 22, b) == KeyState::changed);
  CHECK(judge(text, "secret.example.org", 2222, b) == KeyState::known);
  CHECK(judge(text, "public.example.org", 22, a) == KeyState::unknown);
}

TEST_CASE("fingerprints are those of ssh-keygen") {
  const ScratchDirectory directory;
  for (const std::string type : {"ed25519", "ecdsa", "rsa"}) {
    const auto path = (directory.path() / type).string();
    checked_run({"ssh-keygen", "-q", "-t", type, "-N", "", "-f", path});
    const auto words = split(*read_file(path + ".pub"), ' ');
    CHECK(fingerprint({words.at(0), words.at(1)}) ==
          split(checked_run({"ssh-keygen", "-lf", path}), ' ').at(1));
  }
}

TEST_CASE("a key file tells whether it is locked, and its public half") {
  const ScratchDirectory directory;
  for (const std::string passphrase : {"", "secret"}) {
    const auto path = directory.path() / ("key" + passphrase);
    checked_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path.string()});
    const auto facts = look_at_key_file(*read_file(path));
    CHECK(facts.is_private_key);
    CHECK(facts.encrypted == !passphrase.empty());
    CHECK(facts.public_blob == public_blob_of_line(*read_file(path.string() + ".pub")));
    CHECK_FALSE(facts.public_blob.empty());
  }
  const auto pem = directory.path() / "pem";
  checked_run({"ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", pem.string()});
  CHECK(look_at_key_file(*read_file(pem)).encrypted);
  for (const std::string text :
       {"", "nonsense",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"})
    CHECK_FALSE(look_at_key_file(text).is_private_key);
}

TEST_CASE("an agent's list is cut to the wanted keys, or sorted by them; other messages pass") {
  std::string list(1, '\x0c');
  put_ssh_number(list, 3);
  for (const auto* blob : {"one", "two", "three"}) {
    put_ssh_string(list, blob);
    put_ssh_string(list, "comment");
  }
  std::string expected(1, '\x0c');
  put_ssh_number(expected, 1);
  put_ssh_string(expected, "two");
  put_ssh_string(expected, "comment");
  CHECK(choose_agent_keys(list, {{"two", "nine"}, true}) == expected);
  const auto sorted = choose_agent_keys(list, {{"three"}, false});
  CHECK(sorted.size() == list.size());
  CHECK(sorted.find("three") < sorted.find("one"));
  CHECK(choose_agent_keys("\x0e signature", {{}, true}) == "\x0e signature");
  CHECK(choose_agent_keys(list.substr(0, 9), {{}, true}) ==
        list.substr(0, 9));  // cut short: left as it is
}
