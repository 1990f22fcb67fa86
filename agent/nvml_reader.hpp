// The program nvml-reader (nvml/), which the agent carries in itself.
#pragma once
#include <string_view>

namespace libre::agent {

std::string_view nvml_reader();  // its bytes

}  // namespace libre::agent
