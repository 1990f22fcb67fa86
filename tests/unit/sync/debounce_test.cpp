#include "sync/watch/debounce.hpp"

#include <doctest/doctest.h>

using libre::sync::Debounce;
using std::chrono::milliseconds;

namespace {

const Debounce::Time start{};
Debounce::Time at(int ms) { return start + milliseconds(ms); }

}  // namespace

TEST_CASE("a burst is over when nothing has changed for a while") {
  Debounce debounce(milliseconds(150), milliseconds(1000));
  CHECK_FALSE(debounce.due());
  CHECK_FALSE(debounce.is_over(at(5000)));
  debounce.changed(at(0));
  debounce.changed(at(100));
  CHECK(debounce.due() == at(250));
  CHECK_FALSE(debounce.is_over(at(249)));
  CHECK(debounce.is_over(at(250)));
  debounce.reset();
  CHECK_FALSE(debounce.due());
  CHECK_FALSE(debounce.is_over(at(5000)));
}

TEST_CASE("constant writing does not hold a burst open for ever, and the next one begins anew") {
  Debounce debounce(milliseconds(150), milliseconds(1000));
  int time = 0;
  for (; !debounce.is_over(at(time)); time += 10) debounce.changed(at(time));
  CHECK(time == 1000);
  debounce.reset();
  debounce.changed(at(2000));
  CHECK(debounce.due() == at(2150));
}
