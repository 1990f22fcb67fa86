#include "base/clock.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <set>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "base/stream.hpp"

using namespace libre;

TEST_CASE("times are written in UTC with milliseconds, and shown in the zone of this machine") {
  CHECK(iso8601(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso8601(1795230000.25) == "2026-11-21T03:00:00.250Z");
  CHECK(iso8601(-0.5) == "1969-12-31T23:59:59.500Z");
  const char* before = ::getenv("TZ");
  const std::string zone = before ? before : "";
  ::setenv("TZ", "CET-1", 1);
  ::tzset();
  CHECK(local_time(1795230000) == "2026-11-21 04:00:00");
  before ? ::setenv("TZ", zone.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("now is between the clock before and the clock after") {
  const auto before = static_cast<double>(::time(nullptr)) - 1;
  const auto between = now();
  CHECK(between >= before);
  CHECK(between <= static_cast<double>(::time(nullptr)) + 1);
}

TEST_CASE("random ids have the length asked for, only digits and letters, and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_id(16));
  CHECK(seen.size() == 1000);
  CHECK(random_id(0).empty());
  const auto id = random_id(5000);
  CHECK(id.size() == 5000);
  CHECK(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos);
  CHECK(std::set<char>(id.begin(), id.end()).size() == 36);
}

// The expected values are those of libxxhash's own functions, which know nothing of AVX2.
TEST_CASE("a digest is the same whatever registers the processor has") {
  const auto content = [](int size) {
    std::string text;
    for (int i = 0; i < size; ++i) text += static_cast<char>(i * 31 + i / 256);
    return text;
  };
  CHECK(digest_of(as_bytes(content(4096))).hex() == "d993a1ab1ec875a6be855965eae8486b");
  CHECK(digest_of(as_bytes(content(1'000'000))).hex() == "f39f7097fe564ba7fc96eebe894d5e1e");
}

TEST_CASE("a digest is that of XXH3-128, whole or in any pieces") {
  CHECK(digest_of({}).hex() == "99aa06d3014798d86001c324468d497f");
  std::string text;
  for (int i = 0; i < 3000; ++i) text += static_cast<char>(i * 31);
  const auto whole = digest_of(as_bytes(text));
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{2999}}) {
    Digester digester;
    digester.add(as_bytes(std::string_view(text).substr(0, cut)));
    digester.add(as_bytes(std::string_view(text).substr(cut)));
    CHECK((digester.finish() == whole));
  }
  text[1500] ^= 1;
  CHECK((digest_of(as_bytes(text)) != whole));
}
