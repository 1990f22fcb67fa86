// A program that is in no file: its bytes lie in memory, and are run from there. Nothing is left on the disk,
// and a file system that nothing may be run from does not matter.
#pragma once
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace libre {

// The program as a descriptor, which nobody can write to any more. `name` is what the kernel shows of it. Fails
// where the kernel is too old (before 3.17) or was told to refuse it.
Result<Fd> program_in_memory(const char* name, std::string_view bytes);

// Where spawn() finds it (SpawnOptions::program), as long as the descriptor is open. Needs /proc.
std::string path_of_program(const Fd& program);

}  // namespace libre
