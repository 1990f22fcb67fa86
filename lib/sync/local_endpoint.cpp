#include "sync/local_endpoint.hpp"

#include <libre/text.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "sync/delta/delta.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/file_times.hpp"
#include "sync/given_contents.hpp"
#include "sync/list.hpp"
#include "sync/observe.hpp"
#include "sync/outgoing.hpp"

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

bool is_there(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::is_directory(directory, ignored);
}

}  // namespace

struct LocalEndpoint::Turn {
  std::unique_ptr<MirrorLocks::Lock> lock;
  Rooted root;
  MirrorMemory memory;
};

struct LocalEndpoint::Open {
  Turn turn;
  std::shared_ptr<const KnownTree> tree;
  Work work;  // borrows the tree
};

// Valid for the memory that it was made with, and for a short while: what somebody changes over there after
// that counts for the next sync. Whatever is about to be replaced is looked at once more (apply.cpp).
struct LocalEndpoint::Ahead {
  static constexpr std::chrono::seconds lifetime{2};
  std::chrono::steady_clock::time_point begin;
  std::shared_ptr<const KnownTree> tree;
  std::uint64_t journal_version = 0;
  Present present;

  bool is_valid_for(MirrorMemory& memory) const {
    return memory.tree() == tree && memory.journal().version() == journal_version &&
           std::chrono::steady_clock::now() - begin < lifetime;
  }
};

LocalEndpoint::LocalEndpoint(MirrorPlaces places, std::shared_ptr<MirrorLocks> locks,
                             std::shared_ptr<MemoryCache> memories)
    : places_(std::move(places)), locks_(std::move(locks)), memories_(std::move(memories)) {}

Result<MirrorInfo> LocalEndpoint::find(const MirrorSpec& spec, const Wait& /*wait*/) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  return MirrorInfo{mirror.root.string(), is_there(mirror.root)};
}

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
  LIBRE_TRY(work.actions, plan_without_links(wanted, manifest, work.present, options));
  if (root) {
    LIBRE_TRY(work.needs, needs_of(*root, wanted, work.actions));
  } else {
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i].kind == EntryKind::file) work.needs.push_back({i, 0});
  }
  if (!options.whole) LIBRE_CHECK(use_what_is_there(work, manifest));
  offered.needs = work.needs;
  auto would = preview(work);
  offered.deleted = would.deleted;
  offered.notes = std::move(would.notes);
  return offered;
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

namespace {

// The places in the wanted tree of the contents that came with a difference.
std::vector<std::size_t> given_contents(const Tree& known, const Tree& wanted,
                                        const Difference& difference) {
  std::vector<std::size_t> given;
  for (const auto index : new_contents(known, difference))
    given.push_back(wanted.index_of(difference.changed[index].path).value_or(0));
  return given;
}

// They came, and what they are to copy from is here.
bool are_given(const Work& work, const std::vector<std::size_t>& given, const Tree& before) {
  return std::ranges::all_of(work.needs, [&](const Need& need) {
    const auto index = static_cast<std::size_t>(need.index);
    const auto base = base_of(before, work.wanted[index]);
    return std::ranges::binary_search(given, index) && (!base || need.base == base);
  });
}

}  // namespace

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
  // What takes longer would be of no use, and the update waits behind it.
  (void)try_to_look_ahead(spec, from,
                          {Deadline::after(Ahead::lifetime).or_earlier(wait.deadline), wait.waker});
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

Result<std::shared_ptr<const KnownTree>> LocalEndpoint::tree_after(Turn& turn,
                                                                   const Difference& difference) {
  if (const auto before = turn.memory.tree()) return patched(before, difference);
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
  LIBRE_TRY(work.actions, plan_without_links(wanted, manifest, work.present, {}));
  LIBRE_TRY(work.needs, needs_of(turn.root, wanted, work.actions));
  LIBRE_CHECK(use_what_is_there(work, manifest));
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

namespace {

// A file that somebody has changed, or of which nothing is remembered, is kept aside; most of its bytes may
// be wanted all the same. Whoever sends the new content asks for the blocks of the old one.
void name_unknown_bases(Work& work) {
  for (auto& need : work.needs) {
    const Entry& entry = work.wanted[static_cast<std::size_t>(need.index)];
    const auto found = work.present.find(entry.path);
    if (need.base || found == work.present.end() || found->second.kind != FoundKind::file) continue;
    const auto size = found->second.stamp.size;
    if (is_listed(entry.size) && is_listed(size)) need.base = ContentId{{}, size};
  }
}

}  // namespace

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
  LIBRE_TRY(work.actions, plan_without_links(work.wanted, manifest, work.present, options));
  LIBRE_TRY(work.needs, needs_of(turn.root, work.wanted, work.actions));
  if (!options.whole) {
    LIBRE_CHECK(use_what_is_there(work, manifest));
    name_unknown_bases(work);
  }
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

Result<BlockList> LocalEndpoint::blocks(const MirrorSpec& spec, const std::string& path,
                                        const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  LIBRE_TRY(const auto found, root.look(path));
  if (!found || found->kind != FoundKind::file || !is_listed(found->stamp.size))
    return Error{Errc::not_found, "there is no large file " + root.shown(path)};
  LIBRE_TRY(const auto fd, root.open_file(path));
  // Reading takes its time, in which nobody is to think that our client is silent.
  if (open_) LIBRE_CHECK(open_->turn.lock->go_on());
  auto list = list_file(fd.get(), found->stamp.size, block_size_for(found->stamp.size), wait);
  if (open_) open_->turn.lock->await_client();
  return list;
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
  LIBRE_TRY(auto applied, apply(turn.root, memory.journal(), work, contents, compact_time(), wait));
  const bool complete = std::ranges::none_of(
      applied.notes, [](const SyncNote& note) { return note.kind == SyncNote::Kind::vanished; });
  if (complete && !work.partial) memory.remember(std::move(tree));
  memories_->give_back(std::move(memory));
  return applied;
}

Result<Listing> LocalEndpoint::list(const ListRequest& request, const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, request.mirror));
  LIBRE_CHECK(check_owner(mirror, request.mirror));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  return list_matches(root, request.patterns, request.shallow, wait);
}

namespace {

// By its changes, where the reader has said what it has.
Result<Expected> expected_of(Rooted& root, const ReadItem& item, const Wait& wait) {
  Expected expected{item.offset, item.size, item.mtime_ns, true};
  if (item.old.size == 0 || !is_listed(item.size)) return expected;
  const auto fd = root.open_file(item.path);
  if (!fd) return expected;  // whoever sends it finds that out
  const auto now =
      list_file(fd->get(), item.size, block_size_for(item.size, item.old.block_size), wait);
  LIBRE_CHECK(still_wanted(wait));
  FileContent content(fd->get(), item.size);
  auto delta = now ? make_delta(item.old, *now, content) : Result<Delta>(now.error());
  if (!delta) return expected;
  expected.steps = steps_from(std::move(delta->steps), item.offset);
  expected.with_digest = false;
  expected.digest = now->digest;
  return expected;
}

}  // namespace

Result<void> LocalEndpoint::read(const MirrorSpec& spec, const std::vector<ReadItem>& items,
                                 const ContentSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto mirror, mirror_of(places_, spec));
  LIBRE_CHECK(check_owner(mirror, spec));
  LIBRE_TRY(auto root, Rooted::open(mirror.root));
  for (const auto& item : items) {
    await_next_tick(
        item.mtime_ns);  // so that who writes to it while it is read gives it another time
    LIBRE_TRY(auto expected, expected_of(root, item, wait));
    Outgoing file(root, item.path, std::move(expected));
    for (;;) {
      LIBRE_CHECK(still_wanted(wait));
      LIBRE_TRY(const auto piece, file.next());
      LIBRE_CHECK(sink(piece));
      if (piece.is_end) break;
    }
  }
  return {};
}

}  // namespace libre::sync
