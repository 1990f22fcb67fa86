#include "cli/needs.hpp"

#include <fmt/format.h>

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

void add_needs_options(Command& command, NeedsArgs& args) {
  command
      .option("--gpus", args.gpus, "N",
              "GPUs that nobody else uses, kept for the job until it ends")
      .option("--gpu-mem", args.gpu_memory, "SIZE", "free memory on each of them: 20G")
      .option("--on", args.on, "PATTERN",
              "choose among the instances whose names match, like \"gpu*\"; may be repeated");
}

Result<libre::Needs> needs_of(const NeedsArgs& args) {
  libre::Needs needs;
  const std::int64_t count = args.gpus.value_or(args.gpu_memory.empty() ? 0 : 1);
  if (count < 0 || count > 1024)
    return Error{Errc::usage, fmt::format("--gpus cannot be {}", count), {}, "--gpus 1"};
  needs.gpus = static_cast<std::uint32_t>(count);
  if (!args.gpu_memory.empty()) {
    auto bytes = libre::parse_bytes(args.gpu_memory);
    if (!bytes) return std::move(bytes).error().wrapped("--gpu-mem makes no sense");
    needs.gpu_memory = *bytes;
  }
  if (needs.gpus == 0 && needs.gpu_memory != 0)
    return Error{
        Errc::usage, "--gpu-mem says how large no GPU is to be", {}, "--gpus 1 --gpu-mem 20G"};
  needs.name_patterns = args.on;
  return needs;
}

}  // namespace cli
