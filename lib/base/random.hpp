// Unpredictable names, from the kernel's generator.
#pragma once
#include <cstddef>
#include <string>

namespace libre {

// `length` characters of [0-9a-z]: about 5.17 bits each.
std::string random_id(std::size_t length);

}  // namespace libre
