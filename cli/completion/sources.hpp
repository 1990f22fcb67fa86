// Where completion gets names from: the configuration, and instances whose connection is open.
#pragma once
#include "cli/completion/complete.hpp"
#include "cli/context.hpp"

namespace cli {

// Never logs in, never asks, and gives up after a second: whatever goes wrong there is nothing to
// complete. `words` are those of the line, for its --instance. `context` must outlive the sources.
CompletionSources completion_sources(Context& context, const std::vector<std::string>& words);

}  // namespace cli
