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

// Could list_matches() have found `path` by this pattern? Pure: for the side that asked, which does not
// take the other one's word for it.
bool is_named_by(std::string_view pattern, std::string_view path);

}  // namespace libre::sync
