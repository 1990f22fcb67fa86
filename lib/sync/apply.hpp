// Carries out a plan in a root: first what needs no contents from elsewhere, so that what was renamed is
// missing for a moment only, then what arrives. What a plan assumed is looked at again right before each step: a file
// that a job changed in the meantime is kept aside like any other.
#pragma once
#include "sync/delta/copy_ahead.hpp"
#include "sync/endpoint.hpp"
#include "sync/journal.hpp"
#include "sync/reused.hpp"
#include "sync/rooted.hpp"
#include "sync/staging.hpp"

namespace libre::sync {

struct Work {
  const Tree& wanted;  // borrowed
  Present present{};
  std::vector<Action> actions{};
  std::vector<Need> needs{};  // with reused and shared: each content action, in order
  std::vector<Reused> reused{};
  std::vector<Shared> shared{};
  bool partial = false;
  std::unique_ptr<CopyAhead> ahead{};  // of one of the files, perhaps
};

// The name in the staging directory of content that is wanted.
std::string staging_name(const Entry& entry);

// Which contents the actions need, and how much of each has arrived earlier.
Result<std::vector<Need>> needs_of(Rooted& root, const Tree& wanted,
                                   const std::vector<Action>& actions);

// `stamp` names what is kept aside: "20261121T030000Z". Uses up what is in `work`.
Result<Applied> apply(Rooted& root, Journal& journal, Work& work, ContentSource& contents,
                      const std::string& stamp, const Wait& wait);

// What the actions would do, for a dry run.
Applied preview(const Work& work);

}  // namespace libre::sync
