#include "sync/mirror_memory.hpp"

#include <algorithm>

#include "sync/tree_memory.hpp"

namespace libre::sync {

Result<MirrorMemory> MirrorMemory::open(const std::filesystem::path& directory) {
  LIBRE_TRY(auto journal, Journal::open(directory));
  MirrorMemory memory(directory, std::move(journal));
  memory.tree_stamp_ = stamp_of(memory.tree_file());
  if (auto tree = load_tree(memory.tree_file()))
    memory.tree_ = std::make_shared<const KnownTree>(*std::move(tree));
  return memory;
}

void MirrorMemory::remember(std::shared_ptr<const KnownTree> tree) {
  if (tree_ && tree_->digest == tree->digest) return;
  tree_ = save_tree(tree_file(), *tree) ? std::move(tree) : nullptr;
  tree_stamp_ = stamp_of(tree_file());
}

bool MirrorMemory::is_current() const {
  return journal_.is_current() && stamp_of(tree_file()) == tree_stamp_;
}

Result<MirrorMemory> MemoryCache::take(const std::filesystem::path& directory) {
  std::optional<MirrorMemory> known;
  {
    const std::lock_guard guard(mutex_);
    const auto found = std::ranges::find(memories_, directory, &MirrorMemory::directory);
    if (found != memories_.end()) {
      known = std::move(*found);
      memories_.erase(found);
    }
  }
  if (known && known->is_current()) return *std::move(known);
  return MirrorMemory::open(directory);
}

void MemoryCache::give_back(MirrorMemory memory) {
  const std::lock_guard guard(mutex_);
  memories_.push_front(std::move(memory));
  if (memories_.size() > capacity) memories_.pop_back();
}

}  // namespace libre::sync
