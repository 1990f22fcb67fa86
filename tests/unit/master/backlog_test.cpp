#include "master/backlog.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using libre::master::Backlog;

TEST_CASE("what goes into a backlog comes out in the same order, in whatever pieces") {
  std::mt19937 random(1);
  Backlog backlog;
  std::string in, out;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t size = random() % 5000;
    if (random() % 2 == 0) {
      const auto room = backlog.room(size);
      REQUIRE(room.size() == size);
      std::ranges::generate(room, [&] { return static_cast<char>(random()); });
      const auto used = size == 0 ? 0 : random() % (size + 1);
      in.append(room.data(), used);
      backlog.filled(used);
    } else {
      const auto taken = std::min(size, backlog.size());
      out += backlog.bytes().substr(0, taken);
      backlog.drop(taken);
    }
    REQUIRE(in.size() - out.size() == backlog.size());
  }
  out += backlog.bytes();
  CHECK(in == out);
}

TEST_CASE("a backlog takes what is given as a whole, and is empty when all of it was taken") {
  Backlog backlog;
  CHECK(backlog.empty());
  backlog.add(std::string(1 << 20, 'a'));
  backlog.add("b");
  CHECK(backlog.size() == (1 << 20) + 1);
  backlog.drop(1 << 20);
  CHECK(backlog.bytes() == "b");
  backlog.drop(1);
  CHECK(backlog.empty());
  backlog.add("c");
  CHECK(backlog.bytes() == "c");
}
