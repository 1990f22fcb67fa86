// re sshadd: a machine that is reached by password becomes one that is reached by key.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"
#include "support/terminal.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// A laptop that knows no machine and has no key, and a machine that takes passwords and the keys in the
// user's own home, of the modes that sshd wants.
struct Stranger {
  Laptop laptop{
      {.server = {.config = {"AuthorizedKeysFile .ssh/authorized_keys", "StrictModes yes"}},
       .login_shell = "/bin/bash",
       .password = true}};
  std::string user = laptop.server().user();
  std::string port = std::to_string(laptop.server().port());
  std::string address = user + "@127.0.0.1:" + port;
  std::string password;
  Stranger() {
    const auto config = laptop.home.read(".recompute.conf");
    const auto at = config.find("password = ") + 11;
    password = config.substr(at, config.find('\n', at) - at);
    for (const char* name : {".recompute.conf", ".ssh/id_ed25519", ".ssh/id_ed25519.pub"})
      std::filesystem::remove(laptop.home / name);
  }
  std::string config() const { return laptop.home.read(".recompute.conf"); }
  std::string authorized() const {
    const auto output =
        laptop.home.run({"cat", (laptop.remote_home() / ".ssh/authorized_keys").string()});
    return output.out;
  }
  std::string public_key() const { return laptop.home.read(".ssh/id_ed25519.pub"); }
};

}  // namespace

TEST_CASE("flags alone make a key, put it there, and log in by it; the password is not stored") {
  const Stranger desk;
  const std::vector<std::string> words = {"sshadd",        "--password-stdin", "--make-key",
                                          "--install-key", "--name",           "box",
                                          "--default",     desk.address};
  const auto added = desk.laptop.re(words, desk.password + "\n");
  REQUIRE_MESSAGE(added.exit.ok(), added.err);
  CHECK(contains(added.err, "the login by key works"));
  CHECK(desk.authorized() == desk.public_key());
  CHECK_FALSE(contains(desk.config(), "password ="));
  CHECK(contains(desk.config(), "name = box\n"));
  CHECK(contains(desk.config(), "port = " + desk.port + "\n"));
  CHECK(contains(desk.config(), "instance = box\n"));
  CHECK_FALSE(contains(added.err + desk.config(), desk.password));
  CHECK(desk.laptop.re({"list"}).exit.ok());
  CHECK(desk.laptop.re({"conf", "validate"}).exit.ok());
  const auto twice = desk.laptop.re(words, desk.password + "\n");
  CHECK_FALSE(twice.exit.ok());
  CHECK(contains(twice.err, "[instance 0]"));

  // The same machine again under another name: the key is there, and no password is needed.
  CHECK(desk.laptop.re({"conf", "set", "general.instance", "local"}).exit.ok());
  CHECK(desk.laptop.re({"conf", "remove", "box"}).exit.ok());
  const auto again = desk.laptop.re({"sshadd", "--install-key", desk.address});
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(contains(again.err, "has your public key already"));
  CHECK(desk.authorized() == desk.public_key());
}

TEST_CASE("a person is asked for the password and for consent, and then never again") {
  const Stranger desk;
  {
    OnTerminal person(desk.laptop, {"sshadd", desk.address});
    REQUIRE_MESSAGE(person.shows("password: "), person.seen());
    person.type(desk.password + "\n");
    REQUIRE_MESSAGE(person.shows("Make one"), person.seen());
    person.type("y\n");
    REQUIRE_MESSAGE(person.shows("the login by key works"), person.seen());
    CHECK(person.end().ok());
    CHECK_FALSE(contains(person.seen(), desk.password));
  }
  CHECK(desk.authorized() == desk.public_key());
  CHECK(desk.laptop.re({"list", "--instance", "127.0.0.1"}).exit.ok());
}

TEST_CASE("who wants no key keeps the login by password, and makes none") {
  const Stranger desk;
  {
    OnTerminal person(desk.laptop, {"sshadd", desk.address});
    REQUIRE_MESSAGE(person.shows("password: "), person.seen());
    person.type(desk.password + "\n");
    REQUIRE_MESSAGE(person.shows("Make one"), person.seen());
    person.type("n\n");
    CHECK_MESSAGE(person.end().ok(), person.seen());
  }
  CHECK(desk.public_key().empty());
  CHECK(desk.authorized().empty());
  CHECK(contains(desk.config(), "host = 127.0.0.1"));
  CHECK_FALSE(contains(desk.config(), "password ="));
  CHECK(desk.laptop.re({"conf", "remove", "127.0.0.1"}).exit.ok());
  const auto stored =
      desk.laptop.re({"sshadd", "--password-stdin", "--store-password", "--no-key", desk.address},
                     desk.password + "\n");
  CHECK_MESSAGE(stored.exit.ok(), stored.err);
  CHECK(contains(desk.config(), "password = " + desk.password + "\n"));
}

TEST_CASE("a machine that cannot be reached is not added, and it is said what is wrong") {
  Stranger desk;
  struct Trouble {
    std::vector<std::string> words;
    std::string sentence;
  };
  TcpProxy silent(desk.laptop.server().port());
  silent.set_stalled(true);
  const auto user = desk.user;
  const std::vector<Trouble> troubles = {
      {{user + "@no-such-machine.invalid"}, "no-such-machine.invalid"},
      {{user + "@127.0.0.1", "-p", "1"}, "refused"},
      {{user + "@127.0.0.1", "-p", std::to_string(silent.port()), "--timeout", "1"}, "does not"},
      {{desk.address}, "does not accept our login"},
      {{desk.address, "--password-stdin"}, "found no password"},
      {{desk.address, "--no-key", "--install-key"}, "contradict"},
      {{desk.address, "-p", "0"}, "is no port"},
      {{desk.address, "another@host"}, "one machine at a time"},
  };
  for (const auto& trouble : troubles) {
    CAPTURE(join(trouble.words, " "));
    auto words = trouble.words;
    words.insert(words.begin(), "sshadd");
    const auto output = desk.laptop.re(words);
    CHECK_FALSE(output.exit.ok());
    CHECK_MESSAGE(contains(output.err, trouble.sentence), output.err);
    CHECK(desk.config().empty());
  }
}

TEST_CASE("an unknown host key is refused without a terminal, and taken where a flag says so") {
  const Stranger desk;
  std::filesystem::remove(desk.laptop.home / ".ssh/known_hosts");
  const std::vector<std::string> words = {"sshadd", "--password-stdin", "--no-key", desk.address};
  const auto refused = desk.laptop.re(words, desk.password + "\n");
  CHECK(refused.exit.code == 255);
  CHECK(contains(refused.err, "key"));
  CHECK(desk.config().empty());
  auto trusting = words;
  trusting.insert(trusting.begin() + 1, "--accept-host-key");
  const auto added = desk.laptop.re(trusting, desk.password + "\n");
  CHECK_MESSAGE(added.exit.ok(), added.err);
  CHECK(contains(desk.laptop.home.read(".ssh/known_hosts"), "127.0.0.1"));
}
