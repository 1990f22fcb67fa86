// Syncs of one mirror take turns. Lives in the process that serves all of a user's syncs (the agent);
// any number of threads.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/wait.hpp"

namespace libre::sync {

class MirrorLocks {
 public:
  // Held until it is destroyed.
  class Lock {
   public:
    Lock(std::shared_ptr<MirrorLocks> locks, std::string key) : locks_(std::move(locks)), key_(std::move(key)) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();

   private:
    std::shared_ptr<MirrorLocks> locks_;
    std::string key_;
  };

  // Waits for its turn; Errc::interrupted and Errc::timed_out as everywhere.
  static Result<std::unique_ptr<Lock>> take(const std::shared_ptr<MirrorLocks>& locks, const std::string& key,
                                            const Wait& wait);

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::set<std::string> taken_;  // protected by mutex_
};

}  // namespace libre::sync
