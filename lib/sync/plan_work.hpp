// From what is wanted in a mirror, and what was seen there, to the work that is to be done: the plan, the contents
// that it needs, and what it can do without.
#pragma once
#include <string_view>
#include <vector>

#include "sync/apply.hpp"

namespace libre::sync {

// After work.present. `root` is null where the mirror is not there. Errc::exists where a push would go through a
// link.
Result<void> plan_work(Work& work, Rooted* root, const Manifest& manifest,
                       const OfferOptions& options);

// A file that somebody has changed, or of which nothing is remembered, is kept aside; most of its bytes may
// be wanted all the same. Whoever sends the new content asks for the blocks of the old one.
void name_unknown_bases(Work& work);

// The places in the wanted tree of the contents that come with a difference.
std::vector<std::size_t> given_contents(const Tree& known, const Tree& wanted,
                                        const Difference& difference);

// All that is needed is given, and what it is to copy from is here.
bool are_given(const Work& work, const std::vector<std::size_t>& given, const Tree& before);

}  // namespace libre::sync
