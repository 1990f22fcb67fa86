// Looks at everything on the receiving side that a plan depends on.
#pragma once
#include "base/wait.hpp"
#include "sync/core/plan.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

// Contents are read only where needs_digest() says so. Errc::interrupted when woken.
Result<Present> observe(Rooted& root, const Tree& wanted, const Manifest& manifest, bool force,
                        const Wait& wait);

// Errc::interrupted or Errc::timed_out where `wait` says so; for long loops.
Result<void> still_wanted(const Wait& wait);

}  // namespace libre::sync
