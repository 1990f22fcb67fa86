// What `re sync` and `re attach` have in common: a job's output on our own descriptors, and our
// terminal as the job's.
#pragma once
#include <libre/client.hpp>

#include "cli/context.hpp"

namespace cli {

// Hands output on: stderr where the job tells it apart, stdout else.
libre::LogSink to_our_outputs(Context& context);

// The size of the terminal on stdout; 80 × 24 where that is none.
libre::WindowSize window_size();

}  // namespace cli
