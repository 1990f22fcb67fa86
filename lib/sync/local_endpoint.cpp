#include <algorithm>
#include <ctime>
#include <utility>

#include "sync/given_contents.hpp"
#include "sync/local_endpoint_turn.hpp"
#include "sync/observe.hpp"
#include "sync/plan_work.hpp"

namespace libre::sync {
namespace {

// For names: "20261121T030000Z".
std::string compact_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return {text, size};
}

class NoContent final : public ContentSource {
 public:
  Result<ContentPiece> next() override { return Error{Errc::internal, "no content was asked for"}; }
};

// Contents that come from a client which may fall silent.
class ClientContents final : public ContentSource {
 public:
  ClientContents(ContentSource& inner, MirrorLocks::Lock& lock) : inner_(inner), lock_(lock) {}
  Result<ContentPiece> next() override {
    lock_.await_client();
    auto piece = inner_.next();
    LIBRE_CHECK(lock_.go_on());  // says more than the error of a source that was interrupted
    return piece;
  }

 private:
  ContentSource& inner_;
  MirrorLocks::Lock& lock_;
};

}  // namespace

LocalEndpoint::LocalEndpoint(MirrorPlaces places, std::shared_ptr<MirrorLocks> locks,
                             std::shared_ptr<MemoryCache> memories)
    : places_(std::move(places)), locks_(std::move(locks)), memories_(std::move(memories)) {}

Result<MirrorInfo> LocalEndpoint::find(const MirrorSpec& spec, const Wait& /*wait*/) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  return MirrorInfo{mirror.root.string(), is_there(mirror.root)};
}

Result<LocalEndpoint::Turn> LocalEndpoint::take_turn(const MirrorSpec& spec, const Wait& wait) {
  if (spec.project_id.empty()) return Error{Errc::usage, "a sync must say which project it is for"};
  LIBRE_TRY(auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  LIBRE_TRY(auto lock, MirrorLocks::take(locks_, mirror.memory.string(), wait));
  LIBRE_CHECK(claim(mirror, spec));
  LIBRE_CHECK(
      check_owner(mirror, spec));  // again: somebody else may have claimed it while we waited
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  LIBRE_TRY(auto memory, memories_->take(mirror.memory));
  return Turn{std::move(lock), std::move(root), std::move(memory)};
}

Result<std::shared_ptr<const KnownTree>> LocalEndpoint::tree_after(Turn& turn,
                                                                   const Difference& difference) {
  if (const auto before = turn.memory.tree()) {
    auto tree = patched(before, difference);
    if (!tree) memories_->give_back(std::move(turn.memory));  // the whole tree comes next
    return tree;
  }
  return Error{Errc::outdated,
               "nothing is remembered of the mirror over there",
               {},
               "the whole project must be compared"};
}

Result<Applied> LocalEndpoint::update(const MirrorSpec& spec, const Difference& difference,
                                      std::string_view contents, const Wait& wait) {
  open_.reset();
  LIBRE_TRY(auto turn, take_turn(spec, wait));
  const auto before = turn.memory.tree();
  LIBRE_TRY(const auto tree, tree_after(turn, difference));
  const Tree& wanted = tree->tree;
  Work work{.wanted = wanted};
  const auto& manifest = turn.memory.journal().manifest();
  LIBRE_TRY(work.present, present_of(turn, difference, wanted, wait));
  LIBRE_CHECK(plan_work(work, &turn.root, manifest, {}));
  const auto given = given_contents(before->tree, wanted, difference);
  if (!are_given(work, given, before->tree)) {
    memories_->give_back(std::move(turn.memory));
    return Error{Errc::outdated,
                 "files have changed over there since they were brought",
                 {},
                 "the whole project must be compared"};
  }
  for (auto& need : work.needs) need.offset = 0;  // they came whole
  GivenContents source(contents, given, work.needs);
  return carry_out(turn, work, tree, source, wait);
}

Result<Offered> LocalEndpoint::offer(const MirrorSpec& spec, const Tree& wanted,
                                     const OfferOptions& options, const Wait& wait) {
  return offer(spec, Tree(wanted), options, wait);
}

Result<Offered> LocalEndpoint::offer(const MirrorSpec& spec, Tree&& wanted,
                                     const OfferOptions& options, const Wait& wait) {
  open_.reset();
  ahead_.reset();
  if (options.dry_run) {
    LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
    LIBRE_CHECK(check_owner(mirror, spec));
    return look(mirror, wanted, options, wait);
  }
  LIBRE_TRY(auto turn, take_turn(spec, wait));
  auto tree = std::make_shared<const KnownTree>(known(std::move(wanted)));
  LIBRE_TRY(auto present,
            observe(turn.root, tree->tree, turn.memory.journal().manifest(), options.force, wait));
  return offer(std::move(turn), std::move(tree), std::move(present), options, wait);
}

Result<Offered> LocalEndpoint::offer_changes(const MirrorSpec& spec, const Difference& difference,
                                             const Tree& /*wanted*/, const Wait& wait) {
  return offer_changes(spec, difference, wait);
}

Result<Offered> LocalEndpoint::offer_changes(const MirrorSpec& spec, const Difference& difference,
                                             const Wait& wait) {
  open_.reset();
  LIBRE_TRY(auto turn, take_turn(spec, wait));
  LIBRE_TRY(auto tree, tree_after(turn, difference));
  LIBRE_TRY(auto present, present_of(turn, difference, tree->tree, wait));
  return offer(std::move(turn), std::move(tree), std::move(present), {}, wait);
}

Result<Offered> LocalEndpoint::offer(Turn turn, std::shared_ptr<const KnownTree> tree,
                                     Present present, const OfferOptions& options,
                                     const Wait& wait) {
  const auto& manifest = turn.memory.journal().manifest();
  Offered offered{.first = manifest.empty()};
  Work work{.wanted = tree->tree, .present = std::move(present), .partial = options.partial};
  LIBRE_CHECK(plan_work(work, &turn.root, manifest, options));
  if (!options.whole) name_unknown_bases(work);
  offered.needs = work.needs;
  if (!offered.needs.empty()) {
    turn.lock->await_client();
    open_ = std::make_shared<Open>(Open{std::move(turn), std::move(tree), std::move(work)});
    return offered;
  }
  NoContent nothing;
  LIBRE_TRY(auto applied, carry_out(turn, work, std::move(tree), nothing, wait));
  offered.done = true;
  offered.deleted = applied.deleted;
  offered.notes = std::move(applied.notes);
  return offered;
}

Result<Applied> LocalEndpoint::supply(ContentSource& contents, const Wait& wait) {
  // Whatever happens, the offer is used up: the next one looks again.
  const auto open = std::exchange(open_, nullptr);
  if (!open) return Error{Errc::usage, "contents came without an offer"};
  LIBRE_CHECK(open->turn.lock->begin_work([&contents] { contents.interrupt(); }));
  ClientContents arriving(contents, *open->turn.lock);
  return carry_out(open->turn, open->work, open->tree, arriving, wait);
}

// `tree` is remembered as what was brought last, unless some of it did not come.
Result<Applied> LocalEndpoint::carry_out(Turn& turn, Work& work,
                                         std::shared_ptr<const KnownTree> tree,
                                         ContentSource& contents, const Wait& wait) {
  auto& memory = turn.memory;
  auto copy = std::move(copy_);
  const bool is_needed =
      copy && std::ranges::any_of(work.needs, [&](const Need& need) {
        return need.base && work.wanted[static_cast<std::size_t>(need.index)].path == copy->path();
      });
  if (is_needed) work.ahead = std::move(copy);
  copy.reset();  // its room may be needed
  LIBRE_TRY(auto applied, apply(turn.root, memory.journal(), work, contents, compact_time(), wait));
  const bool complete = std::ranges::none_of(
      applied.notes, [](const SyncNote& note) { return note.kind == SyncNote::Kind::vanished; });
  if (complete && !work.partial) memory.remember(std::move(tree));
  memories_->give_back(std::move(memory));
  return applied;
}

}  // namespace libre::sync
