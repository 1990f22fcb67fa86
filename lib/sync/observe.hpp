// Looks at everything on the receiving side that a plan depends on.
#pragma once
#include <string_view>
#include <vector>

#include "base/wait.hpp"
#include "sync/core/plan.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

// Contents are read only where needs_digest() says so. Errc::interrupted when woken.
Result<Present> observe(Rooted& root, const Tree& wanted, const Manifest& manifest, bool force,
                        const Wait& wait);

// The same for a tree that differs from one that was observed just now, with the same manifest, in these
// paths only: nothing else is looked at again. `present` may hold more than observe() would find.
Result<Present> observe_changes(Rooted& root, const Tree& wanted, const Manifest& manifest,
                                Present present, const std::vector<std::string_view>& paths,
                                const Wait& wait);

// Errc::interrupted or Errc::timed_out where `wait` says so; for long loops.
Result<void> still_wanted(const Wait& wait);

// The same for loops with short steps: asks at each 64th one, because asking is a system call.
class NowAndThen {
 public:
  explicit NowAndThen(const Wait& wait) : wait_(wait) {}  // borrowed
  Result<void> still_wanted() {
    return steps_++ % 64 == 0 ? sync::still_wanted(wait_) : Result<void>();
  }

 private:
  const Wait& wait_;
  unsigned steps_ = 0;
};

}  // namespace libre::sync
