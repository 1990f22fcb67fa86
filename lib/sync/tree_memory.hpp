// The tree that a mirror was last brought to, on disk: on both sides, so that the next sync needs only
// say what is other. A help only: a missing, old or damaged one costs a full comparison. What is there
// and what may be done with it is never concluded from it.
//
//   file = "RKT1" digest:16 tree     digest of the encoded tree: its identity, and its checksum
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "sync/core/difference.hpp"

namespace libre::sync {

// Empty where there is none that can be used.
std::optional<KnownTree> load_tree(const std::filesystem::path& file);
// Its digest alone, as the file says it: quick, and unchecked.
std::optional<Digest> load_digest(const std::filesystem::path& file);
// Replaced as a whole; does not wait for the disk.
Result<void> save_tree(const std::filesystem::path& file, const KnownTree& known);

}  // namespace libre::sync
