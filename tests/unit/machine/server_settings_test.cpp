#include "machine/server_settings.hpp"

#include <doctest/doctest.h>

using namespace libre::machine;

TEST_CASE("an empty sshd_config means the defaults of OpenSSH") {
  const auto settings = read_server_settings("\n# UseDNS yes\n");
  CHECK(settings.readable);
  CHECK(settings.max_sessions == 10);
  CHECK_FALSE(settings.use_dns);
  CHECK(settings.stream_local_forwarding);
  CHECK(settings.tcp_forwarding);
}

TEST_CASE("the first value of a keyword counts, in any case, with a space or an equals sign") {
  const auto settings = read_server_settings(
      "usedns=yes\nUseDNS no\n  MAXSESSIONS\t4\nMaxSessions 9\n"
      "AllowStreamLocalForwarding remote\nAllowTcpForwarding \"local\"\n");
  CHECK(settings.use_dns);
  CHECK(settings.max_sessions == 4);
  CHECK_FALSE(settings.stream_local_forwarding);
  CHECK(settings.tcp_forwarding);
}

TEST_CASE("what holds for some users only is passed over, and DisableForwarding is for all") {
  const auto some = read_server_settings("Match User guest\n  MaxSessions 1\n  UseDNS yes\n");
  CHECK(some.max_sessions == 10);
  CHECK_FALSE(some.use_dns);
  const auto none = read_server_settings("DisableForwarding yes\nAllowTcpForwarding yes\n");
  CHECK_FALSE(none.tcp_forwarding);
  CHECK_FALSE(none.stream_local_forwarding);
}
