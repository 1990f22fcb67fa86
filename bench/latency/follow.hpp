// How long a line that a command over there prints is under way.
#pragma once
#include <functional>
#include <string>

#include <sys/types.h>

#include "bench/support/timing.hpp"

namespace libre::bench {

// A command for the other side that prints the time of its clock, `lines` times, a while apart.
// Both sides are this machine, so the two clocks are one.
std::string clock_command(int lines);

// `start` starts something that delivers the lines of clock_command() to the descriptor it gets.
// The times that they took, the first (which the start delays) left out.
Timing line_delays(const std::function<pid_t(int out)>& start, int lines);

}  // namespace libre::bench
