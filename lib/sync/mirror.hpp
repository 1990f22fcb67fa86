// A mirror's place, its owner, and where we remember what we put there.
#pragma once
#include <filesystem>
#include <string>

#include "sync/endpoint.hpp"

namespace libre::sync {

// Where an instance keeps things.
struct MirrorPlaces {
  std::filesystem::path home{};   // relative mirror paths start here
  std::filesystem::path state{};  // ours: `mirrors/<key>/` is made in it
};

struct Mirror {
  std::filesystem::path root{};    // absolute
  std::filesystem::path memory{};  // directory with `owner`, `tree` and `journal`
};

// Errc::usage for a path that makes no sense: empty, "/", the home directory, or one that overlaps
// the project's own directory on the same machine.
Result<Mirror> mirror_of(const MirrorPlaces& places, const MirrorSpec& spec);

// Errc::exists where the mirror belongs to another project.
Result<void> check_owner(const Mirror& mirror, const MirrorSpec& spec);
// Makes the directory, and the project its owner.
Result<void> claim(const Mirror& mirror, const MirrorSpec& spec);

}  // namespace libre::sync
