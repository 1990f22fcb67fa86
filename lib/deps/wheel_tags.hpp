// Fetching wheels for another machine. Pure.
#pragma once
#include <string>
#include <vector>

#include "deps/environment/machine.hpp"

namespace libre::deps {

// The platform tags of wheels that run on a machine (PEP 600 and those before it), the best first.
std::vector<std::string> platform_tags(const PythonFacts& machine);

// What is to follow `python -m pip` on the machine `here`, so that `folder` gets wheels for `there`. Between equal
// machines packages without a wheel are built here; for another one there must be a wheel.
std::vector<std::string> fetch_words(const PythonFacts& here, const PythonFacts& there,
                                     const std::string& folder);

}  // namespace libre::deps
