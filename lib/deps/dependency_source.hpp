// The names of the sources of dependencies, as they travel and stand in --json. Pure.
#pragma once
#include <string_view>

#include <libre/deps.hpp>

namespace libre::deps {

// What name_of() writes; anything else is DependencySource::nothing.
DependencySource source_named(std::string_view name);

}  // namespace libre::deps
