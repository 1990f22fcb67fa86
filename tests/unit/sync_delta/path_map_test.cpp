// The map of paths, against std::map.
#include "sync/core/path_map.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace {

using libre::sync::PathMap;
using libre::sync::SharedText;
using Plain = std::map<std::string, int, std::less<>>;

std::string some_path(std::mt19937& random) {
  return "d" + std::to_string(random() % 8) + "/" + std::to_string(random() % 400);
}

bool are_same(const PathMap<int>& map, const Plain& plain) {
  return map.size() == plain.size() &&
         std::equal(map.begin(), map.end(), plain.begin(), [](const auto& a, const auto& b) {
           return a.first == b.first && a.second == b.second;
         });
}

}  // namespace

TEST_CASE("a map of paths holds what a std::map holds, in the same order") {
  std::mt19937 random(7);
  PathMap<int> map;
  Plain plain;
  for (int step = 0; step < 20'000; ++step) {
    const auto path = some_path(random);
    if (random() % (step < 10'000 ? 4 : 2) == 0) {
      map.erase(path);
      plain.erase(path);
    } else {
      map.put(path, step);
      plain[path] = step;
    }
    const auto asked = some_path(random);
    const auto here = map.lower_bound(asked);
    const auto there = plain.lower_bound(asked);
    REQUIRE((here == map.end()) == (there == plain.end()));
    if (there != plain.end()) REQUIRE(here->first == there->first);
    REQUIRE(map.contains(asked) == plain.contains(asked));
    if (step % 500 == 0) REQUIRE(are_same(map, plain));
  }
  CHECK(are_same(map, plain));
  while (!plain.empty()) {
    map.erase(plain.begin()->first);
    plain.erase(plain.begin());
  }
  CHECK(map.empty());
  CHECK(map.begin() == map.end());
}

TEST_CASE("a map of paths finds all that came in order, or backwards") {
  PathMap<int> up, down;
  for (int i = 0; i < 1000; ++i) {
    up.put(std::to_string(10'000 + i), i);
    down.put(std::to_string(10'999 - i), 999 - i);
  }
  CHECK(up == down);
  for (int i = 0; i < 1000; ++i) {
    const auto found = up.find(std::to_string(10'000 + i));
    REQUIRE(found != up.end());
    CHECK(found->second == i);
  }
  CHECK(up.find("1") == up.end());
  CHECK(up.find("2") == up.end());
}

TEST_CASE("a shared text keeps its characters as long as somebody knows it") {
  SharedText last;
  {
    const SharedText first = "a text";
    const SharedText second = first;
    CHECK(second.view().data() == first.view().data());
    last = second;
  }
  CHECK(last == "a text");
  CHECK(last < SharedText("b"));
  CHECK(SharedText().empty());
  CHECK(SharedText("") == SharedText());
  last = SharedText(std::string_view(last).substr(2));
  CHECK(last == "text");
}
