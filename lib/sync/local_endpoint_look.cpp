// Looks at a mirror, and changes nothing: before the update has come, while the client looks at its project; and for
// a dry run.
#include <utility>

#include "sync/local_endpoint_turn.hpp"
#include "sync/observe.hpp"
#include "sync/plan_work.hpp"

namespace libre::sync {

// The lock is not held afterwards: a client that says no more holds nobody up.
Result<void> LocalEndpoint::try_to_look_ahead(const MirrorSpec& spec, const Digest& from,
                                              const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  if (!is_there(mirror.root) || !is_there(mirror.memory)) return {};
  LIBRE_TRY(auto turn, take_turn(spec, wait));
  const auto& tree = turn.memory.tree();
  if (tree && tree->digest == from) {
    Ahead ahead{std::chrono::steady_clock::now(), tree, turn.memory.journal().version(), {}};
    LIBRE_TRY(ahead.present,
              observe(turn.root, tree->tree, turn.memory.journal().manifest(), false, wait));
    ahead_ = std::make_shared<Ahead>(std::move(ahead));
  }
  memories_->give_back(std::move(turn.memory));
  return {};
}

void LocalEndpoint::look_ahead(const MirrorSpec& spec, const Digest& from, const Wait& wait) {
  open_.reset();
  ahead_.reset();
  copy_.reset();
  // What takes longer would be of no use, and the update waits behind it.
  (void)try_to_look_ahead(spec, from,
                          {Deadline::after(Ahead::lifetime).or_earlier(wait.deadline), wait.waker});
}

void LocalEndpoint::copy_ahead(const MirrorSpec& spec, const std::string& path, std::uint64_t size,
                               const Wait& /*wait*/) {
  copy_.reset();
  const auto mirror = mirror_of(places_, spec);
  if (!mirror || !check_owner(*mirror, spec)) return;
  auto root = Rooted::open(mirror->root);
  if (root) copy_ = CopyAhead::begin(*root, path, size);
}

Result<Present> LocalEndpoint::present_of(Turn& turn, const Difference& difference,
                                          const Tree& wanted, const Wait& wait) {
  const auto& manifest = turn.memory.journal().manifest();
  const auto ahead = std::exchange(ahead_, nullptr);
  if (!ahead || !ahead->is_valid_for(turn.memory))
    return observe(turn.root, wanted, manifest, false, wait);
  std::vector<std::string_view> paths(difference.removed.begin(), difference.removed.end());
  for (const auto& entry : difference.changed.entries()) paths.push_back(entry.path);
  return observe_changes(turn.root, wanted, manifest, std::move(ahead->present), paths, wait);
}

// A dry run: nothing is made, not even the mirror.
Result<Offered> LocalEndpoint::look(const Mirror& mirror, const Tree& wanted,
                                    const OfferOptions& options, const Wait& wait) {
  LIBRE_TRY(const auto manifest, Journal::load(mirror.memory));
  Work work{.wanted = wanted, .partial = options.partial};
  Offered offered{.first = manifest.empty()};
  std::optional<Rooted> root;
  if (is_there(mirror.root)) {
    LIBRE_TRY(root, Rooted::open(mirror.root));
    LIBRE_TRY(work.present, observe(*root, wanted, manifest, options.force, wait));
  }
  LIBRE_CHECK(plan_work(work, root ? &*root : nullptr, manifest, options));
  offered.needs = work.needs;
  auto would = preview(work);
  offered.deleted = would.deleted;
  offered.notes = std::move(would.notes);
  return offered;
}

}  // namespace libre::sync
