// Syncs of one mirror take turns. Lives in the process that serves all of a user's syncs (the agent);
// any number of threads.
//
// A lock lives with its client's connection, and a client may be gone without a sign: its laptop sleeps,
// its network is half dead. Two limits keep such a one from holding everybody up:
//   - A holder that waits for its client (for the contents that it asked for) and has heard nothing for
//     `idle` gives way to the next one that comes. Its own supply ends with Errc::exists, in the same
//     way as when the client leaves: what has arrived stays staged, and the next one goes on with it.
//     Only syncs of the same project can meet here (check_owner), so it is a person's own second try.
//     A holder that works is never idle, however long it takes.
//   - Whoever waits longer than `wait` for a holder that is not idle gets Errc::exists, which says that
//     another sync is under way.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/wait.hpp"

namespace libre::sync {

class MirrorLocks {
  using Clock = std::chrono::steady_clock;
  struct Holder {  // protected by mutex_
    std::optional<Clock::time_point> idle_since{};
    std::function<void()> interrupt{};
    bool lost = false;
  };

 public:
  struct Limits {
    std::chrono::milliseconds idle = std::chrono::seconds(10);
    std::chrono::milliseconds wait = std::chrono::seconds(60);
  };

  MirrorLocks() = default;
  explicit MirrorLocks(Limits limits) : limits_(limits) {}

  // Held until it is destroyed, or until another sync takes over.
  class Lock {
   public:
    Lock(std::shared_ptr<MirrorLocks> locks, std::string key, std::shared_ptr<Holder> holder)
        : locks_(std::move(locks)), key_(std::move(key)), holder_(std::move(holder)) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();

    // From now on the next move is the client's.
    void await_client();
    // The client has moved, and we work. Errc::exists where another sync has taken over.
    Result<void> go_on();
    // The same, when the work on the mirror begins. Who takes over afterwards calls `interrupt` (from
    // its own thread, at any time while the lock lives) and waits until the lock is destroyed.
    Result<void> begin_work(std::function<void()> interrupt);

   private:
    std::shared_ptr<MirrorLocks> locks_;
    std::string key_;
    std::shared_ptr<Holder> holder_;
  };

  // Waits for its turn; Errc::exists see above, Errc::interrupted and Errc::timed_out as everywhere.
  static Result<std::unique_ptr<Lock>> take(const std::shared_ptr<MirrorLocks>& locks,
                                            const std::string& key, const Wait& wait);

 private:
  void push_out_if_idle(const std::string& key);

  const Limits limits_{};
  std::mutex mutex_;
  std::condition_variable freed_;
  std::map<std::string, std::shared_ptr<Holder>> taken_;  // protected by mutex_
};

}  // namespace libre::sync
