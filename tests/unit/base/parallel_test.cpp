#include "base/parallel.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using libre::in_parallel;

TEST_CASE("each part of parallel work is done once, whatever its count and the length of a run") {
  for (const std::size_t count : {0, 1, 2, 63, 64, 65, 1000})
    for (const std::size_t run : {1, 7, 64, 5000}) {
      std::vector<std::atomic<int>> done(count);
      in_parallel(count, run, [&] {
        return [&](std::size_t begin, std::size_t end) {
          CHECK(end - begin <= run);
          for (auto at = begin; at < end; ++at) ++done[at];
        };
      });
      CHECK(std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 1; }));
    }
}

TEST_CASE("each thread of parallel work has a worker of its own") {
  std::mutex mutex;
  std::size_t sum = 0;
  struct Worker {
    std::mutex& mutex;
    std::size_t& sum;
    std::size_t own = 0;  // not safe for threads
    void operator()(std::size_t begin, std::size_t end) {
      own = end - begin;
      const std::lock_guard guard(mutex);
      sum += own;
    }
  };
  in_parallel(10'000, 3, [&] { return Worker{mutex, sum}; });
  CHECK(sum == 10'000);
}

TEST_CASE("what a worker throws comes out of the parallel work, and the rest is left") {
  std::atomic<int> calls = 0;
  const auto work = [&] {
    in_parallel(1'000'000, 1, [&] {
      return [&](std::size_t begin, std::size_t) {
        ++calls;
        if (begin == 5) throw std::runtime_error("five");
      };
    });
  };
  CHECK_THROWS_WITH_AS(work(), "five", std::runtime_error);
  CHECK(calls < 1'000'000);
}
