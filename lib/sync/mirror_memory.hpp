// What is remembered of one mirror, on the machine where it is, as it stands in its memory directory;
// and a place where an agent keeps that between two syncs, so that it is not read again each time.
#pragma once
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "sync/core/difference.hpp"
#include "sync/journal.hpp"

namespace libre::sync {

// Belongs to whoever holds the mirror's lock.
class MirrorMemory {
 public:
  // Makes the directory and the journal where they are missing.
  static Result<MirrorMemory> open(const std::filesystem::path& directory);

  Journal& journal() { return journal_; }
  const std::filesystem::path& directory() const { return directory_; }

  // The tree that was brought last; null where that is not known.
  const std::shared_ptr<const KnownTree>& tree() const { return tree_; }
  // A failure leaves the old one, or none.
  void remember(std::shared_ptr<const KnownTree> tree);

  // Nobody else has written the files since we did, or read them.
  bool is_current() const;

 private:
  MirrorMemory(std::filesystem::path directory, Journal journal)
      : directory_(std::move(directory)), journal_(std::move(journal)) {}
  std::filesystem::path tree_file() const { return directory_ / "tree"; }

  std::filesystem::path directory_;
  Journal journal_;
  std::shared_ptr<const KnownTree> tree_;
  std::optional<Stamp> tree_stamp_;  // of its file; nullopt where there is none
};

// Any number of threads.
class MemoryCache {
 public:
  // What was given back last, where it is still current; else it is read. The caller holds the lock.
  Result<MirrorMemory> take(const std::filesystem::path& directory);
  // To be called before the lock is let go, and only where nothing has gone wrong with it.
  void give_back(MirrorMemory memory);

 private:
  static constexpr std::size_t capacity = 4;  // of the projects that somebody works on now
  std::mutex mutex_;
  std::list<MirrorMemory> memories_;  // protected by mutex_; the latest first
};

}  // namespace libre::sync
