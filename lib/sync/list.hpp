// Finds what patterns name in a root: for a pull on the instance, for a push here.
#pragma once
#include "sync/endpoint.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {

// Each pattern is a relative path whose components may hold wildcards; "." and a trailing "/" are
// allowed. Directories come with everything in them. Errc::not_found names a pattern that matches
// nothing, Errc::usage one that leads out. Links are listed as links. `shallow` leaves out what is
// inside directories.
Result<Listing> list_matches(Rooted& root, const std::vector<std::string>& patterns, bool shallow,
                             const Wait& wait);

}  // namespace libre::sync
