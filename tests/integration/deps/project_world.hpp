// A laptop with a project that needs packages, and a machine that makes environments.
#pragma once
#include "web.hpp"

namespace libre::testing {

// A laptop whose instance takes Debian's Python and the index of `web`.
void configure(const Laptop& laptop, const Web& web,
               const std::string& python = "/usr/bin/python3");

Output init(const Laptop& laptop);

// A uv over there that is none: venv without its pip, and pip from outside. Quick, and it takes uv's way. What it
// was told stands in ~/uv.log, a line for each call.
void give_uv(const Laptop& laptop);

std::filesystem::path environments(const Laptop& laptop);

// The names of environments, whole or not; in the order in which they were made.
std::vector<std::string> names_of_environments(const Laptop& laptop);
inline std::size_t count_environments(const Laptop& laptop) {
  return names_of_environments(laptop).size();
}

}  // namespace libre::testing
