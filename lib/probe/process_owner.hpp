// Whose a process of this machine is, and what it runs, out of /proc.
#pragma once
#include <string>

#include <libre/figures.hpp>

namespace libre::probe {

// Fills user and command. A process that is not to be seen (it has ended, or is in another container,
// where numbers mean other processes) keeps what the GPU's tool said of it.
void describe_process(GpuUser& user);

}  // namespace libre::probe
