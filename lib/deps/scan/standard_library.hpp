// Which modules come with Python itself. Pure.
#pragma once
#include <optional>
#include <string_view>

namespace libre::deps {

// The N of Python 3.N.
using PythonMinor = int;

// Whether the top-level module `name` is a part of Python 3.`version`, of any version from 3.8 to 3.13
// where none is given. Names that begin with an underscore are nobody's package, so they count too.
bool is_standard_module(std::string_view name, std::optional<PythonMinor> version);

}  // namespace libre::deps
