// The rules of the house, one function each. They return sentences, "" where all is well, so that a
// failing test says what is wrong and where.
#pragma once
#include "source_tree.hpp"

namespace architecture {

// A module includes itself and the modules after DEPENDS in its CMakeLists.txt; cli includes only
// <libre/…>; the agent never includes what the client needs to reach it.
std::string check_layers(const Tree& tree, const SourceFile& file, const Include& include);

// Each third-party library is named in one place, so that it can be replaced there.
std::string check_third_party(const SourceFile& file, const Include& include);

std::string check_length(const SourceFile& file);

// No tab, no space at the end of a line, a line feed at the end, no note to do something later.
std::vector<std::string> check_text(const SourceFile& file);

}  // namespace architecture
