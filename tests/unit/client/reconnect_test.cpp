#include <doctest/doctest.h>

#include <vector>

#include "client/escape_keys.hpp"
#include "client/reconnect.hpp"

using namespace libre;
using namespace libre::client;

namespace {

struct Listener : Observer {
  std::vector<Outage> outages;
  void outage(const Outage& outage) override { outages.push_back(outage); }
};

const Error broken{Errc::disconnected, "the line was cut"};

}  // namespace

TEST_CASE("The pauses grow to five seconds, differ by chance, and begin anew when all is well") {
  Backoff one(std::nullopt, 1), other(std::nullopt, 2);
  CHECK(one.next()->count() == 0);
  CHECK(other.next()->count() == 0);
  bool differ = false;
  double nominal = 200;
  for (int i = 0; i < 50; ++i) {
    const auto a = static_cast<double>(one.next()->count()), b = double(other.next()->count());
    for (const double pause : {a, b}) {
      CHECK(pause >= nominal * 0.75 - 1);
      CHECK(pause <= nominal * 1.25);
    }
    differ |= a != b;
    nominal = std::min(nominal * 2, 5000.0);
  }
  CHECK(differ);
  one.reset();
  CHECK(one.next()->count() == 0);
  CHECK(one.seconds() < 60);
}

TEST_CASE("With its time used up nothing is tried again, but once it always is") {
  Backoff none(std::chrono::milliseconds(0));
  CHECK(none.next());
  CHECK_FALSE(none.next());
  none.reset();
  CHECK(none.next());
}

TEST_CASE("An outage is told while it lasts and when it is over, a short one not at all") {
  Listener listener;
  const auto waker = *Waker::create();
  {
    Reconnect reconnect(std::nullopt, &listener);
    REQUIRE(reconnect.pause(broken, *waker));
    reconnect.connected();
    CHECK(listener.outages.empty());
    REQUIRE(reconnect.pause(broken, *waker));  // it broke again at once: now there is a pause
    REQUIRE(listener.outages.size() >= 2);
    CHECK(listener.outages.front().next_try > 0);
    CHECK(listener.outages.front().why == "the line was cut");
    CHECK(listener.outages.back().next_try == 0);
    reconnect.healed();
    CHECK(listener.outages.back().over);
    const auto told = listener.outages.size();
    REQUIRE(reconnect.pause(broken, *waker));
    CHECK(listener.outages.size() == told);
    REQUIRE(reconnect.pause(broken, *waker));
  }
  CHECK(listener.outages.back().over);  // given up
}

TEST_CASE("A connection that was open for some seconds was a good one, a shorter one was not") {
  const auto waker = *Waker::create();
  Reconnect reconnect(std::chrono::milliseconds(0), nullptr);
  REQUIRE(reconnect.pause(broken, *waker));
  reconnect.was_open_for(std::chrono::seconds(3));
  CHECK(reconnect.pause(broken, *waker));
  reconnect.was_open_for(std::chrono::seconds(1));
  CHECK_FALSE(reconnect.pause(broken, *waker));
}

TEST_CASE("What no connection mends ends at once, and so does a pause when it is woken") {
  const auto waker = *Waker::create();
  Reconnect reconnect(std::chrono::milliseconds(0), nullptr);
  CHECK(reconnect.pause({Errc::auth, "no"}, *waker).error().code == Errc::auth);
  CHECK(reconnect.pause(broken, *waker));
  const auto given_up = reconnect.pause(broken, *waker);
  REQUIRE_FALSE(given_up);
  CHECK(given_up.error().code == Errc::disconnected);
  CHECK(given_up.error().message.find("did not come back") != std::string::npos);
  Reconnect patient(std::nullopt, nullptr);
  CHECK(patient.pause(broken, *waker));
  waker->notify();
  CHECK(patient.pause(broken, *waker).error().code == Errc::interrupted);
}

TEST_CASE("The keys that detach are those of ssh, and only at the beginning of a line") {
  const auto typed = [](std::vector<std::string> pieces) {
    EscapeKeys keys;
    std::string passed;
    for (const auto& piece : pieces) passed += keys.pass(piece);
    return passed + (keys.detach_asked() ? "<detach>" : "");
  };
  CHECK(typed({"~."}) == "<detach>");
  CHECK(typed({"ls\r~."}) == "ls\r<detach>");
  CHECK(typed({"ls\r", "~", ".", "more"}) == "ls\r<detach>");
  CHECK(typed({"ls ~.\r"}) == "ls ~.\r");
  CHECK(typed({"\r~~.\r"}) == "\r~.\r");
  CHECK(typed({"\r~/bin\r"}) == "\r~/bin\r");
  CHECK(typed({"~", "\r", "~."}) == "~\r<detach>");
}
