// The facts behind package_names.hpp, as text.
#pragma once
#include <string_view>

namespace libre::deps {

// "import package" a line: "-" for what no package brings, "windows" for what exists only there.
extern const std::string_view package_table;

// Imports whose package is named as they are, separated by spaces and line breaks: what is in here is no
// guess.
extern const std::string_view same_name_table;

}  // namespace libre::deps
