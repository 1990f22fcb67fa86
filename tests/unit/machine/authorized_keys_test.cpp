#include "machine/authorized_keys.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace libre;
using namespace libre::machine;

namespace {

std::string key(const std::string& type, const std::string& body) {
  std::string blob(3, '\0');
  blob += static_cast<char>(type.size());
  return type + " " + base64_encode(blob + type + body);
}

}  // namespace

TEST_CASE("a key is one line more, behind all that is there") {
  const auto mine = key("ssh-ed25519", "mine");
  CHECK(*with_key("", mine + " me@laptop") == mine + " me@laptop\n");
  CHECK(*with_key("# keys\n\nrest", mine) == "# keys\n\nrest\n" + mine + "\n");
}

TEST_CASE("a key that is there already is not added again, whatever stands around it") {
  const auto mine = key("ssh-ed25519", "mine");
  for (const auto& line :
       {mine, mine + " other comment", "no-pty,from=\"10.0.0.0/8\" " + mine + " x", "\t" + mine}) {
    CAPTURE(line);
    const auto text = "# mine\n" + line + "\r\nssh-rsa AAAA";
    CHECK(*with_key(text, mine + " me@laptop") == text);
  }
  const auto longer = mine + "AAAA";
  CHECK(*with_key(longer + "\n", mine) == longer + "\n" + mine + "\n");
  CHECK(*with_key("#" + mine + "\n", mine) == "#" + mine + "\n" + mine + "\n");
}

TEST_CASE("what is no public key is refused, and so is more than one line") {
  const auto mine = key("ssh-ed25519", "mine");
  for (const std::string& line :
       {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 !!!!"),
        std::string("-----BEGIN OPENSSH PRIVATE KEY-----"), mine + "\ncommand=\"x\" " + mine,
        key("ssh-rsa", "x").replace(4, 3, "dsa"), std::string("command=\"x\" ") + mine})
    CHECK(with_key("", line).error().code == Errc::usage);
  CHECK(*key_of_line("  " + mine + "  me@laptop \n") == mine);
}
