// Ports and tokens for programs that a forward leads to.
#include "forward/app_place.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/files.hpp"
#include "forward/address.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::forward;
namespace fs = std::filesystem;

TEST_CASE("a name has one token, in a file that only its user can read") {
  const test::TemporaryDirectory state;
  const auto first = make_app_place({"notebook-abc"}, state.path());
  REQUIRE(first);
  CHECK(first->token.size() == 48);
  CHECK(first->port > 0);
  CHECK(*read_file(first->token_file) == first->token);
  CHECK((fs::status(first->token_file).permissions() & fs::perms::mask) == fs::perms(0600));
  CHECK((fs::status(state / "apps").permissions() & fs::perms::mask) == fs::perms(0700));
  CHECK(make_app_place({"notebook-abc"}, state.path())->token == first->token);
  CHECK(make_app_place({"other"}, state.path())->token != first->token);
}

TEST_CASE("a name that could leave the directory is refused") {
  const test::TemporaryDirectory state;
  for (const char* name : {"", "..", "a/b", "A", "a b", "../../x"})
    CHECK_FALSE(make_app_place({name}, state.path()));
  CHECK_FALSE(fs::exists(state / "apps"));
}

TEST_CASE("a port that is in use makes way for the next one, unless it must be that one") {
  const auto taken = listen_tcp({}, 0, false);
  REQUIRE(taken);
  const auto next = listen_tcp({}, taken->port, false);
  REQUIRE(next);
  CHECK(next->port > taken->port);
  const auto same = listen_tcp({}, taken->port, true);
  REQUIRE_FALSE(same);
  CHECK(same.error().code == Errc::exists);
  CHECK_FALSE(listen_tcp("no-address", 0, false));
}

TEST_CASE("who listens on a port is read from the kernel's table") {
  constexpr const char* table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout\n"
      "   0: 0100007F:22B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "1\n"
      "   1: 0100007F:22B9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "1\n"
      "   2: 0100007F:22BA 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 "
      "1\n"
      "   3: 0A00000A:22BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "1\n"
      "   4: 00000000:22BC 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "1\n"
      "   5: torn";
  CHECK(find_listener(table, 0x22b8, 1000).ours);
  CHECK(find_listener(table, 0x22b9, 1000).listens);
  CHECK_FALSE(find_listener(table, 0x22b9, 1000).ours);
  CHECK_FALSE(find_listener(table, 0x22ba, 1000).listens);
  CHECK_FALSE(find_listener(table, 0x22bb, 1000).listens);
  CHECK(find_listener(table, 0x22bc, 1000).ours);
  const auto here = listen_tcp({}, 0, false);
  REQUIRE(here);
  CHECK(find_listener(here->port).ours);
}
