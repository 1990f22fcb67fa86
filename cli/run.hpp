// From a command line to an exit code.
#pragma once
#include <string>
#include <vector>

namespace cli {

class Parser;

// Registers every command, in the order of the manual.
void add_commands(Parser& parser);

int run(const std::vector<std::string>& arguments);

}  // namespace cli
