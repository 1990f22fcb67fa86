// Numbers in the output of tools, which may also say that they have none: "[N/A]", "ERR!". Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace libre::probe {

// The number that `text` begins with, white space before it; behind it only a unit ("MiB", "%", "W").
// nullopt where it begins with something else, or is negative.
std::optional<double> number(std::string_view text);
std::optional<std::uint64_t> whole(std::string_view text);

}  // namespace libre::probe
