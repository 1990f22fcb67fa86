// What a probe looks for in a project's mirror.
#pragma once
#include <string_view>

namespace libre::probe {

inline constexpr std::string_view code_place = ".";
inline constexpr std::string_view data_place = "data";

}  // namespace libre::probe
