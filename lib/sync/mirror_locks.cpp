#include "sync/mirror_locks.hpp"

#include "sync/observe.hpp"

namespace libre::sync {

MirrorLocks::Lock::~Lock() {
  const std::lock_guard guard(locks_->mutex_);
  locks_->taken_.erase(key_);
  locks_->freed_.notify_all();
}

Result<std::unique_ptr<MirrorLocks::Lock>> MirrorLocks::take(const std::shared_ptr<MirrorLocks>& locks,
                                                             const std::string& key, const Wait& wait) {
  std::unique_lock guard(locks->mutex_);
  while (locks->taken_.contains(key)) {
    if (auto wanted = still_wanted(wait); !wanted)
      return std::move(wanted).error().wrapped("gave up waiting for another sync of the same mirror");
    // A waker cannot notify a condition variable, so it is looked at now and then.
    locks->freed_.wait_for(guard, std::chrono::milliseconds(20));
  }
  locks->taken_.insert(key);
  return std::make_unique<Lock>(locks, key);
}

}  // namespace libre::sync
