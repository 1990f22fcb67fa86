#include "sync/mirror_locks.hpp"

#include "sync/observe.hpp"

namespace libre::sync {
namespace {

Error taken_over() {
  return {Errc::exists, "another sync of this mirror has taken over",
          "nothing had come from this one for a while",
          "see what the other one does, and try again"};
}

}  // namespace

MirrorLocks::Lock::~Lock() {
  const std::lock_guard guard(locks_->mutex_);
  const auto taken = locks_->taken_.find(key_);
  if (taken != locks_->taken_.end() && taken->second == holder_) locks_->taken_.erase(taken);
  locks_->freed_.notify_all();
}

void MirrorLocks::Lock::await_client() {
  const std::lock_guard guard(locks_->mutex_);
  holder_->idle_since = Clock::now();
}

Result<void> MirrorLocks::Lock::go_on() {
  const std::lock_guard guard(locks_->mutex_);
  holder_->idle_since.reset();
  return holder_->lost ? Result<void>(taken_over()) : Result<void>();
}

Result<void> MirrorLocks::Lock::begin_work(std::function<void()> interrupt) {
  const std::lock_guard guard(locks_->mutex_);
  if (holder_->lost) return taken_over();
  holder_->idle_since.reset();
  holder_->interrupt = std::move(interrupt);
  return {};
}

// One that is in the middle of its work is told, and leaves by itself; nobody else may touch the mirror
// before. One that only made an offer has nothing under way.
void MirrorLocks::push_out_if_idle(const std::string& key) {
  const auto& holder = taken_.at(key);
  if (holder->lost || !holder->idle_since || Clock::now() - *holder->idle_since < limits_.idle)
    return;
  holder->lost = true;
  if (holder->interrupt)
    holder->interrupt();
  else
    taken_.erase(key);
}

Result<std::unique_ptr<MirrorLocks::Lock>> MirrorLocks::take(
    const std::shared_ptr<MirrorLocks>& locks, const std::string& key, const Wait& wait) {
  const auto limit = Deadline::after(locks->limits_.wait);
  std::unique_lock guard(locks->mutex_);
  while (locks->taken_.contains(key)) {
    if (auto wanted = still_wanted(wait); !wanted)
      return std::move(wanted).error().wrapped(
          "gave up waiting for another sync of the same mirror");
    locks->push_out_if_idle(key);
    if (!locks->taken_.contains(key)) break;
    if (limit.passed())
      return Error{Errc::exists, "another sync of this mirror is under way",
                   "it works, and has not ended yet", "try again when it has, or end it"};
    // A waker cannot notify a condition variable, so it is looked at now and then.
    locks->freed_.wait_for(guard, std::chrono::milliseconds(20));
  }
  auto holder = std::make_shared<Holder>();
  locks->taken_[key] = holder;
  return std::make_unique<Lock>(locks, key, std::move(holder));
}

}  // namespace libre::sync
