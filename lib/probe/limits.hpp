// How much is taken from a tool that says more than can be true.
#pragma once
#include <cstddef>

namespace libre::probe {

inline constexpr std::size_t most_gpus = 512;    // of a machine; MIG instances are GPUs, too
inline constexpr std::size_t most_users = 4096;  // of a GPU

}  // namespace libre::probe
