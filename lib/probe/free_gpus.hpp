// Which GPUs a job gets. Pure.
#pragma once
#include <map>

#include <libre/figures.hpp>
#include <libre/result.hpp>

namespace libre::probe {

// Whether its MIG instances stand in the list in its place.
bool is_in_pieces(const Gpu& gpu, const std::vector<Gpu>& gpus);

// GPU → the live job that it was given to.
using Claims = std::map<std::string, std::uint64_t>;
void set_claims(std::vector<Gpu>& gpus, const Claims& claims);

// `count` GPUs with `memory` bytes free on each: the smallest that do, so that the large ones stay for
// those who need them; MIG instances only where one is asked for, and without `memory` only where no whole
// GPU is free. Errc::not_found where the machine has not that many of this size at all,
// Errc::busy where they are in use now; the cause says by whom.
Result<std::vector<Gpu>> pick_gpus(const std::vector<Gpu>& gpus, std::uint32_t count,
                                   std::uint64_t memory);

}  // namespace libre::probe
