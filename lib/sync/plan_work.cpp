#include "sync/plan_work.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sync/delta/delta.hpp"

namespace libre::sync {
namespace {

Result<std::vector<Action>> plan_without_links(const Tree& wanted, const Manifest& manifest,
                                               const Present& present,
                                               const OfferOptions& options) {
  auto actions = make_plan(wanted, manifest, present, {.partial = options.partial});
  // A sync keeps such a link aside like anything that was changed over there. A push names its
  // destination, and whoever made the link meant it: `data -> /big/disk`, say.
  if (const auto link = link_in_the_way(actions, present); link && options.partial)
    return Error{Errc::exists,
                 printable(*link) + " is a link over there, and files are to go into it",
                 "it leads to " + printable(present.find(*link)->second.target) +
                     ", and nothing is written through links",
                 "copy to another directory, or make it a real one over there"};
  return actions;
}

}  // namespace

Result<void> plan_work(Work& work, Rooted* root, const Manifest& manifest,
                       const OfferOptions& options) {
  LIBRE_TRY(work.actions, plan_without_links(work.wanted, manifest, work.present, options));
  if (root) {
    LIBRE_TRY(work.needs, needs_of(*root, work.wanted, work.actions));
  } else {
    for (std::size_t i = 0; i < work.wanted.size(); ++i)
      if (work.wanted[i].kind == EntryKind::file) work.needs.push_back({i, 0});
  }
  return options.whole ? Result<void>() : use_what_is_there(work, manifest);
}

void name_unknown_bases(Work& work) {
  for (auto& need : work.needs) {
    const Entry& entry = work.wanted[static_cast<std::size_t>(need.index)];
    const auto found = work.present.find(entry.path);
    if (need.base || found == work.present.end() || found->second.kind != FoundKind::file) continue;
    const auto size = found->second.stamp.size;
    if (is_listed(entry.size) && is_listed(size)) need.base = ContentId{{}, size};
  }
}

std::vector<std::size_t> given_contents(const Tree& known, const Tree& wanted,
                                        const Difference& difference) {
  std::vector<std::size_t> given;
  for (const auto index : new_contents(known, difference))
    given.push_back(wanted.index_of(difference.changed[index].path).value_or(0));
  return given;
}

bool are_given(const Work& work, const std::vector<std::size_t>& given, const Tree& before) {
  return std::ranges::all_of(work.needs, [&](const Need& need) {
    const auto index = static_cast<std::size_t>(need.index);
    const auto base = base_of(before, work.wanted[index]);
    return std::ranges::binary_search(given, index) && (!base || need.base == base);
  });
}

}  // namespace libre::sync
