// Choosing a machine for a job, where the person has left that to us.
#pragma once
#include "cli/context.hpp"

#include <libre/probe.hpp>

namespace cli {

// All instances that there are to choose from: those of the configuration, or this machine.
libre::Result<std::vector<libre::InstanceConfig>> all_instances();

// Asks them all, and returns those that fit `needs`, the best first. Errc::busy where none does, with the
// reasons of the nearest ones as the cause.
libre::Result<std::vector<libre::InstanceConfig>> pick(Context& context, const libre::Needs& needs,
                                                       const libre::Project* project);

}  // namespace cli
