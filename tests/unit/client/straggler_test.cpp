#include <doctest/doctest.h>

#include "client/straggler.hpp"

using libre::client::silence_limit;
using libre::client::Standing;
using std::chrono::seconds;

TEST_CASE("a silent machine is waited for as long as anybody else is at work") {
  CHECK_FALSE(silence_limit({.all = 4, .answered = 2, .silent = 1, .slowest = 3}, seconds(2)));
}

TEST_CASE("when all others are done it is given 1.15 times the time of the slowest") {
  CHECK(*silence_limit({.all = 4, .answered = 3, .silent = 1, .slowest = 5}, seconds(2)) ==
        doctest::Approx(5.75));
  CHECK(*silence_limit({.all = 4, .answered = 2, .silent = 2, .slowest = 0.1}, seconds(2)) ==
        doctest::Approx(2));
}

TEST_CASE("where no machine has answered it may be our own line, so nobody is given up") {
  CHECK_FALSE(silence_limit({.all = 2, .answered = 0, .silent = 2}, seconds(2)));
  CHECK_FALSE(silence_limit({.all = 2, .answered = 1, .silent = 1, .slowest = 0}, seconds(2)));
  CHECK_FALSE(silence_limit({.all = 2, .answered = 2, .silent = 0, .slowest = 1}, seconds(2)));
}
