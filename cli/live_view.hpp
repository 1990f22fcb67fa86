// Machines that are watched: on a terminal a picture that is drawn again and again, elsewhere a table (or
// with --json a document) after each round.
#pragma once
#include "cli/context.hpp"

#include <libre/probe.hpp>

namespace cli {

// Until q or Ctrl-C on a terminal, until Ctrl-C elsewhere. Returns the exit code.
libre::Result<int> show_live(Context& context, std::vector<libre::InstanceConfig> machines,
                             const libre::ProbeOptions& options, std::chrono::milliseconds every);

}  // namespace cli
