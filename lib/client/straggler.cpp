#include "client/straggler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace libre::client {

namespace {
// A whole round is to take no more than 1.3 times as long as the slowest machine; this leaves something
// for our own beginning and end.
constexpr double stretch = 1.15;
}  // namespace

std::optional<double> silence_limit(const Standing& standing, std::chrono::milliseconds least) {
  const bool others_are_done = standing.answered + standing.silent >= standing.all;
  if (!others_are_done || standing.silent == 0 || standing.slowest <= 0) return std::nullopt;
  return std::max(stretch * standing.slowest, std::chrono::duration<double>(least).count());
}

Error silent_problem(const std::string& address, double seconds) {
  return {
      Errc::timed_out, address + " does not answer",
      fmt::format("nothing has come from it in {:.1f} s, and all others have answered", seconds),
      "check that it is on; re probe --wait 10 gives it so many seconds"};
}

}  // namespace libre::client
