// re attach: a running job's input, output and exit code, for one client after the other.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/files.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// A pipe to the stdin of a program.
struct Typist {
  Fd reading, writing;
  Typist() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
  void type(std::string_view text) const {
    REQUIRE(::write(writing.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  bool is_read() const {
    int left = 0;
    return ::ioctl(writing.get(), FIONREAD, &left) == 0 && left == 0;
  }
  void leave() { writing.reset(); }
};

bool is_attached(const Running& attach) { return contains(attach.err(), "attached to job "); }

}  // namespace

TEST_CASE("who attaches goes on with a job's input, and the one before is refused from then on") {
  World world;
  const auto& laptop = world.laptop;
  Typist one, other;
  Running first(laptop, {"sync", "--no-rsync", "--", "sh", "-c", "cat; exit 5"}, one.reading.get());
  one.type("one\n");
  REQUIRE(eventually([&] { return first.out() == "one\n"; }));
  Running second(laptop, {"attach"}, other.reading.get());
  REQUIRE(eventually([&] { return is_attached(second); }));
  other.type("two\n");
  REQUIRE(eventually([&] { return second.out() == "two\n"; }));
  one.type("of nobody any more\n");
  REQUIRE(eventually([&] { return one.is_read(); }));
  CHECK(laptop.re({"list"}).exit.ok());
  other.type("three\n");
  other.leave();
  CHECK(second.wait().code == 5);
  CHECK(first.wait().code == 5);
  CHECK(second.out() == "two\nthree\n");
  CHECK(first.out() == "one\ntwo\nthree\n");
}

TEST_CASE("an attach goes on with the input of a client that was killed, whatever is cut then") {
  World world;
  const auto& laptop = world.laptop;
  std::string job;
  {
    Typist typist;
    Running lost(laptop, {"sync", "--no-rsync", "--", "cat"}, typist.reading.get());
    typist.type("begun\n");
    REQUIRE(eventually([&] { return lost.out() == "begun\n"; }));
    lost.signal(SIGKILL);
    CHECK(lost.wait().signal == SIGKILL);
  }
  const auto input = noise(2 << 20);
  laptop.home.write("input", input);
  const Fd in(::open((laptop.home / "input").c_str(), O_RDONLY | O_CLOEXEC));
  Cutter cutter(world.proxy, 20'000, 900'000, 4);
  CAPTURE(cutter.seed());
  Running attach(laptop, {"attach", "--tail", "1"}, in.get());
  CHECK_MESSAGE(attach.wait().ok(), attach.err());
  CHECK((attach.out() == "begun\n" + input));
  CHECK(cutter.cuts() >= 2);
}

TEST_CASE("Ctrl-C leaves an attached job running, and tells the way back") {
  World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit({"--no-rsync", "while [ ! -e go ]; do sleep 0.02; done; exit 6"});
  {
    Running attach(laptop, {"attach", job});
    REQUIRE(eventually([&] { return is_attached(attach); }));
    attach.signal(SIGINT);
    CHECK(attach.wait().code == 130);
    CHECK(contains(attach.err(), "detached; job " + job + " goes on"));
    CHECK(contains(attach.err(), "re attach " + job));
  }
  Running again(laptop, {"attach", "--no-stdin"});
  REQUIRE(eventually([&] { return is_attached(again); }));
  REQUIRE(write_file_atomic(laptop.mirror() / "go", "", 0644));
  CHECK(again.wait().code == 6);
  const auto late = laptop.re({"attach", job});
  CHECK(late.exit.code == 6);
  CHECK(contains(late.err, "had ended already"));
  CHECK(laptop.re({"attach", "999"}).exit.code == 1);
}
