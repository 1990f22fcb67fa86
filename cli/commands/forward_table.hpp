// Forwards in words.
#pragma once
#include <libre/forward.hpp>

#include "cli/ui/table.hpp"

namespace cli {

// "localhost:8888 -> localhost:80 on gpu1", "localhost:5000 on gpu1 -> localhost:5000 here". Pure.
std::string forward_line(const libre::ForwardSpec& line, const std::string& instance);

Table forward_table(const std::vector<libre::ForwardInfo>& forwards);  // pure

}  // namespace cli
