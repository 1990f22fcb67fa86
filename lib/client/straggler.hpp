// How long machines that have said nothing at all are waited for. Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <libre/error.hpp>

namespace libre::client {

struct Standing {
  std::size_t all = 0, answered = 0;  // answered: also those that are known not to be reachable
  std::size_t silent = 0;             // of the rest, those from which nothing has come
  double slowest = 0;                 // seconds that the slowest of those that are well took
};

// Seconds from the beginning after which silent machines are given up: 1.15 times those of the slowest,
// but not less than `least`. nullopt as long as anybody else is still at work, or nobody has answered:
// then it may be our own line that is slow.
std::optional<double> silence_limit(const Standing& standing, std::chrono::milliseconds least);

Error silent_problem(const std::string& address, double seconds);

}  // namespace libre::client
