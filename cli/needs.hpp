// What a job needs of its machine, as options: `async`, `sync` and `probe --why` share them.
#pragma once
#include <libre/probe.hpp>

#include "cli/parser.hpp"

namespace cli {

struct NeedsArgs {
  std::optional<std::int64_t> gpus{};
  std::string gpu_memory{};
  std::vector<std::string> on{};
};

void add_needs_options(Command& command, NeedsArgs& args);

// Errc::usage where a number or an amount makes no sense. --gpu-mem alone means one GPU. Pure.
libre::Result<libre::Needs> needs_of(const NeedsArgs& args);

}  // namespace cli
