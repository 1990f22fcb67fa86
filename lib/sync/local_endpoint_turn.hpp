// What the parts of LocalEndpoint share: local_endpoint.cpp, its looking (local_endpoint_look.cpp) and its
// reading (local_endpoint_read.cpp).
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "sync/local_endpoint.hpp"

namespace libre::sync {

struct LocalEndpoint::Turn {
  std::unique_ptr<MirrorLocks::Lock> lock;
  Rooted root;
  MirrorMemory memory;
};

struct LocalEndpoint::Open {
  Turn turn;
  std::shared_ptr<const KnownTree> tree;
  Work work;  // borrows the tree
};

// Valid for the memory that it was made with, and for a short while: what somebody changes over there after
// that counts for the next sync. Whatever is about to be replaced is looked at once more (apply.cpp).
struct LocalEndpoint::Ahead {
  static constexpr std::chrono::seconds lifetime{2};
  std::chrono::steady_clock::time_point begin;
  std::shared_ptr<const KnownTree> tree;
  std::uint64_t journal_version = 0;
  Present present;

  bool is_valid_for(MirrorMemory& memory) const {
    return memory.tree() == tree && memory.journal().version() == journal_version &&
           std::chrono::steady_clock::now() - begin < lifetime;
  }
};

inline bool is_there(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::is_directory(directory, ignored);
}

}  // namespace libre::sync
