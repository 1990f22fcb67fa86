// re master, and what one master does for different clients.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "master/message_io.hpp"
#include "master/messages.hpp"
#include "master_helpers.hpp"
#include "wire/greeting.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

TEST_CASE("re master shows the shared connections and ends them") {
  const Laptop laptop;
  CHECK(contains(laptop.re({"master", "status"}).err, "there is no shared connection"));
  laptop.init();
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto pid = std::to_string(masters_of(laptop).at(0));
  const auto shown = laptop.re({"master"});
  CHECK(contains(shown.out, "| " + pid + " |"));
  CHECK(contains(shown.out, "127.0.0.1"));
  const auto json = laptop.re({"master", "status", "testbox", "--json"}).out;
  CHECK(is_json(json));
  CHECK(contains(json, "\"pid\":" + pid));
  CHECK(contains(laptop.re({"master", "status", "local"}).err, "no shared connection to local"));
  CHECK(contains(laptop.re({"master", "stop", "testbox"}).err, "ended the shared connection"));
  CHECK(eventually([&] { return masters_of(laptop).empty(); }));
  CHECK(socket_of(laptop).empty());
  CHECK(laptop.re({"master", "begin"}).exit.code == 2);
  CHECK(laptop.re({"list"}).exit.ok());
}

TEST_CASE(
    "a client of another version makes a master retire: it serves what it has, and a new one "
    "comes") {
  const Laptop laptop;
  laptop.init();
  const auto job =
      laptop.submit({"--no-rsync", "while [ ! -e go ]; do sleep 0.02; done; echo end"});
  Running follow(laptop, {"log", "-f", job});
  const auto masters = masters_of(laptop);
  REQUIRE(masters.size() == 1);
  CHECK(eventually([&] {
    return !contains(laptop.re({"master", "--json"}).out, "\"streams\":0");
  }));
  {
    const Wait soon{Deadline::after(std::chrono::seconds(10))};
    const auto stream = connect_unix(socket_of(laptop).string(), soon);
    REQUIRE(stream);
    master::Request request;
    request.version = "9.9.9";
    REQUIRE(master::send(**stream, request, soon));
    const auto reply = master::receive<master::Reply>(**stream, soon);
    REQUIRE(reply);
    CHECK(error_from_json(reply->error).code == Errc::version);
  }
  CHECK(laptop.re({"list"}).exit.ok());
  CHECK(masters_of(laptop).size() == 2);
  REQUIRE(write_file_atomic(laptop.mirror() / "go", "", 0644));
  CHECK(follow.wait().ok());
  CHECK(follow.out() == "end\n");
  CHECK(
      eventually([&] { return masters_of(laptop).size() == 1 && masters_of(laptop) != masters; }));
}

TEST_CASE("a thousand streams leave a master with what it had before") {
  // The sanitizer keeps freed memory for a while: here so little that a leak of each stream shows.
  ::setenv("ASAN_OPTIONS", "quarantine_size_mb=4", 0);
  const Laptop laptop;
  laptop.init();
  REQUIRE(laptop.re({"list"}).exit.ok());
  const auto pid = masters_of(laptop).at(0);
  const auto process = fs::path("/proc") / std::to_string(pid);
  const auto socket = socket_of(laptop).string();
  const auto facts = [&] {
    for (const auto& entry : fs::directory_iterator(laptop.home / ".local/state/re/instances"))
      return read_file(entry.path()).value_or("");
    return std::string();
  }();
  const auto at = facts.find("\"socket\":\"") + 10;
  const auto agent = facts.substr(at, facts.find('"', at) - at);
  const auto fds = [&] {
    return std::distance(fs::directory_iterator(process / "fd"), fs::directory_iterator());
  };
  const auto resident = [&] {
    return std::stol(split(read_file(process / "statm").value_or("0 0"), ' ').at(1)) * 4096;
  };
  const auto use = [&](int count) {
    const Wait soon{Deadline::after(std::chrono::seconds(60))};
    for (int i = 0; i < count; ++i) {
      auto stream = connect_unix(socket, soon);
      REQUIRE(stream);
      REQUIRE(master::send(**stream, master::Request{.verb = master::Verb::agent, .path = agent},
                           soon));
      const auto reply = master::receive<master::Reply>(**stream, soon);
      REQUIRE(reply);
      REQUIRE(reply->error == "");
      // The agent greets when its client has left.
      REQUIRE((*stream)->write(as_bytes(wire::encode(wire::Greeting{})), soon));
      (*stream)->end_writing();
      std::byte greeting[16];
      REQUIRE((*stream)->read(greeting, soon));
    }
  };
  use(200);
  CHECK(eventually([&] { return contains(laptop.re({"master", "--json"}).out, "\"streams\":0"); }));
  const auto fds_before = fds();
  const auto resident_before = resident();
  use(1000);
  CHECK(eventually([&] { return fds() <= fds_before; }));
  CHECK(resident() - resident_before < 16 << 20);
  CHECK(masters_of(laptop) == std::vector<pid_t>{pid});
}

TEST_CASE("a client that does not read its stream holds up no other") {
  const Laptop laptop;
  laptop.init();
  const auto job = laptop.submit({"--no-rsync", "head -c 30000000 /dev/zero | tr '\\0' 'x'; echo"});
  REQUIRE(eventually([&] { return contains(laptop.re({"list"}).out, "succeeded"); }));
  Running stalled(laptop, {"log", job});
  REQUIRE(eventually([&] { return stalled.out().size() > 100'000; }));
  stalled.signal(SIGSTOP);
  for (int i = 0; i < 5; ++i) CHECK(laptop.re({"list", "--timeout", "5"}).exit.ok());
  stalled.signal(SIGCONT);
  CHECK(stalled.wait().ok());
  CHECK(stalled.out().size() == 30'000'001);
  CHECK(logins(laptop) == 1);
}

TEST_CASE(
    "a large pull that is not taken holds up no other command, and one at work not for long") {
  World world;
  const auto& laptop = world.laptop;
  constexpr std::uint64_t size = 100u << 20;
  REQUIRE(laptop.re({"rsync"}).exit.ok());
  {  // a file of that size that is no hole and cannot be compressed
    const Fd file(::open((laptop.mirror() / "far").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    const auto part = noise(10 << 20);
    for (std::uint64_t at = 0; at < size; at += part.size())
      REQUIRE(::pwrite(file.get(), part.data(), part.size(), static_cast<off_t>(at)) ==
              static_cast<ssize_t>(part.size()));
  }
  const auto before = world.proxy.bytes_passed();
  const auto come = [&](std::uint64_t bytes) {
    return eventually([&] { return world.proxy.bytes_passed() - before > bytes; });
  };
  Running pull(laptop, {"pull", "far", "near"});
  REQUIRE(come(20 << 20));
  CHECK(laptop.re({"list", "--timeout", "5"}).exit.ok());
  pull.signal(SIGSTOP);
  for (int i = 0; i < 3; ++i) CHECK(laptop.re({"list", "--timeout", "5"}).exit.ok());
  // What nobody takes is not fetched: the master's buffers are bounded.
  world.settle();
  const auto held = world.proxy.bytes_passed();
  CHECK(held - before < size / 2);
  pull.signal(SIGCONT);
  CHECK_MESSAGE(pull.wait().ok(), pull.err());
  CHECK(fs::file_size(laptop.project() / "near") == size);
  CHECK(logins(laptop) == 1);
}
