#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "sync/contents.hpp"
#include "sync/core/destination.hpp"
#include "sync/list.hpp"
#include "sync/scan.hpp"
#include "sync/transfer.hpp"

namespace libre::sync {
namespace {

namespace fs = std::filesystem;

// One source as it was written: the directory to look in (reached through links: it is the user's own
// word), and the pattern below it.
struct Spot {
  fs::path directory;
  std::string pattern;
  bool contents_only = false;
};

Spot spot_of(const fs::path& local_root, const std::string& source) {
  const bool slash = source.ends_with('/');
  auto text = source;
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  const fs::path path = local_root / text;
  std::error_code ignored;
  if (slash || text == "." || text.ends_with("..")) {
    if (fs::is_directory(path, ignored)) return {path, ".", true};
  }
  // Wildcards may stand in any component: look from the directory above the first one.
  const auto& full = path.native();
  const auto wild = full.find_first_of("*?[\\");
  const bool literal = wild == std::string::npos || fs::exists(fs::symlink_status(path, ignored));
  const auto cut = literal ? full.rfind('/') : full.rfind('/', wild);
  return {full.substr(0, cut == 0 ? 1 : cut), full.substr(cut + 1), slash};
}

class Push {
 public:
  Push(Endpoint& endpoint, const MirrorSpec& mirror, Observer& observer, const Wait& wait,
       const BlockMemory* blocks)
      : endpoint_(endpoint), mirror_(mirror), observer_(observer), wait_(wait), blocks_(blocks) {}

  Result<TransferReport> run(const fs::path& local_root, const std::vector<std::string>& sources,
                             const std::string& destination, const TransferOptions& options) {
    LIBRE_CHECK(find_sources(local_root, sources, options));
    LIBRE_TRY(const auto plain, plain_path(destination));
    bool into = plain.empty() || destination.ends_with('/') || destination.ends_with("/.");
    if (!into && sources_.size() == 1 && !sources_[0].contents_only) {
      LIBRE_TRY(into, is_directory_there(plain));
    }
    LIBRE_TRY(auto placement, place(listed_, sources_, target_of(plain, into, sources_)));
    LIBRE_CHECK(send(placement, options));
    return std::move(report_);
  }

 private:
  // All sources are listed under one root: "/" where they have different ones would need links on the
  // way, so each gets a numbered directory of its own in the list, and `places_` says where that is.
  Result<void> find_sources(const fs::path& local_root, const std::vector<std::string>& sources,
                            const TransferOptions& options) {
    if (sources.empty()) return Error{Errc::usage, "nothing is named to push"};
    std::vector<Entry> entries;
    for (const auto& source : sources) {
      const auto spot = spot_of(local_root, source);
      LIBRE_TRY(auto root, Rooted::open(spot.directory));
      LIBRE_TRY(auto listing, list_matches(root, {spot.pattern}, false, wait_));
      const auto prefix = std::to_string(places_.size());
      for (const auto& match : listing.matches)
        sources_.push_back({match.path.empty() ? prefix : prefix + "/" + match.path,
                            match.directory, spot.contents_only});
      LIBRE_CHECK(read_contents(root, listing.tree, prefix, options.dry_run, entries));
      std::move(listing.notes.begin(), listing.notes.end(), std::back_inserter(report_.notes));
      places_.push_back(std::move(root));
    }
    LIBRE_TRY(listed_, Tree::make(std::move(entries)));
    return {};
  }

  // Of what is worth it the blocks come by the same reading: a change of it will be sent by them.
  Result<void> read_contents(Rooted& root, const Tree& tree, const std::string& prefix,
                             bool dry_run, std::vector<Entry>& entries) {
    ScanRequest request{.blocks = dry_run ? nullptr : blocks_, .blocks_from = worth_asking};
    for (const auto& entry : tree.entries())
      (entry.kind == EntryKind::directory ? request.empty_directories : request.paths)
          .emplace_back(entry.path);
    HashMemory none;
    LIBRE_TRY(auto scanned, scan(root, std::move(request), none, wait_));
    blocks_grew_ = blocks_grew_ || scanned.blocks_found;
    for (auto entry : scanned.tree.entries()) {
      if (entry.kind == EntryKind::unknown) continue;
      entry.path = prefix + "/" + entry.path.str();
      entries.push_back(std::move(entry));
    }
    for (auto& note : scanned.notes)
      if (note.kind != SyncNote::Kind::outside_link) report_.notes.push_back(std::move(note));
    return {};
  }

  Result<bool> is_directory_there(const std::string& path) {
    // The list takes patterns: what is in the name must mean itself.
    std::string pattern;
    for (const char c : path) {
      if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
    const ListRequest request{.mirror = mirror_, .patterns = {pattern}, .shallow = true};
    const auto listing = endpoint_.list(request, wait_);
    if (!listing && listing.error().code == Errc::not_found) return false;
    if (!listing) return listing.error();
    return std::ranges::any_of(listing->matches, &ListMatch::directory);
  }

  // Read from the roots that the numbered directories stand for.
  LocalFiles files_of(const Placement& placement) {
    return [this, &placement](const Entry& entry) {
      const auto listed = placement.from.at(entry.path).str();
      const auto slash = listed.find('/');
      return LocalFile{&places_[std::stoul(listed.substr(0, slash))], listed.substr(slash + 1)};
    };
  }

  Result<void> send(const Placement& placement, const TransferOptions& options) {
    for (const auto& entry : placement.tree.entries())
      report_.files += entry.kind != EntryKind::directory;
    std::optional<Deltas> deltas;
    if (blocks_) deltas.emplace(files_of(placement), *blocks_, wait_, !options.dry_run);
    if (options.dry_run) return preview(placement, deltas);
    LIBRE_TRY(const bool right, bring(placement, deltas, false));
    if (!right) LIBRE_CHECK(bring(placement, deltas, true));
    if (blocks_grew_) (void)blocks_->shrink(usual_memory_size);
    return {};
  }

  Result<void> preview(const Placement& placement, std::optional<Deltas>& deltas) {
    const OfferOptions look{.dry_run = true, .partial = true};
    LIBRE_TRY(auto offered, endpoint_.offer(mirror_, placement.tree, look, wait_));
    take(std::move(offered.notes));
    report_.dry_run = true;
    report_.bytes_moved = bytes_of(placement.tree, offered.needs);
    if (!deltas) return {};
    LIBRE_TRY(report_.bytes_moved, bytes_to_send(placement.tree, offered.needs, *deltas,
                                                 std::numeric_limits<std::uint64_t>::max()));
    report_.at_most = std::ranges::any_of(offered.needs, [&](const Need& need) {
      const auto size = placement.tree[static_cast<std::size_t>(need.index)].size - need.offset;
      return need.base && !blocks_->knows(*need.base) && size >= worth_asking;
    });
    return {};
  }

  // False where something that was to be made of what is there did not come out right: with `whole` it does.
  Result<bool> bring(const Placement& placement, std::optional<Deltas>& deltas, bool whole) {
    const OfferOptions offer_options{.partial = true, .whole = whole};
    LIBRE_TRY(auto offered, endpoint_.offer(mirror_, placement.tree, offer_options, wait_));
    auto notes = std::move(offered.notes);
    // Nothing was sent, so what has changed meanwhile is something over there.
    bool wrong = offered.done && std::ranges::any_of(notes, is_vanished);
    if (!offered.done) {
      LIBRE_TRY(auto applied, supply(placement, std::move(offered.needs), deltas));
      wrong = applied.wrong > 0;
      notes.insert(notes.end(), std::make_move_iterator(applied.notes.begin()),
                   std::make_move_iterator(applied.notes.end()));
    }
    if (wrong && !whole) std::erase_if(notes, is_vanished);
    take(std::move(notes));
    return !wrong;
  }

  Result<Applied> supply(const Placement& placement, std::vector<Need> needs,
                         std::optional<Deltas>& deltas) {
    if (deltas) {
      LIBRE_TRY(const bool learnt,
                learn_blocks(endpoint_, mirror_, placement.tree, needs, *blocks_, wait_));
      blocks_grew_ = blocks_grew_ || learnt;
      if (learnt) deltas->try_again();
    }
    LocalContents contents(files_of(placement), placement.tree, std::move(needs), Digests::expected,
                           deltas ? &*deltas : nullptr, observer_);
    auto applied = endpoint_.supply(contents, wait_);
    report_.bytes_moved += contents.bytes();
    return applied;
  }

  static bool is_vanished(const SyncNote& note) { return note.kind == SyncNote::Kind::vanished; }

  void take(std::vector<SyncNote> notes) {
    for (auto& note : notes) {
      report_.files_moved += note.kind == SyncNote::Kind::sent;
      report_.notes.push_back(std::move(note));
    }
  }

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Observer& observer_;
  const Wait& wait_;
  const BlockMemory* blocks_;
  bool blocks_grew_ = false;
  std::vector<Rooted> places_;
  std::vector<Source> sources_;
  Tree listed_;
  TransferReport report_;
};

}  // namespace

Result<TransferReport> push_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const fs::path& local_root,
                                  const std::vector<std::string>& sources,
                                  const std::string& destination, Observer* observer,
                                  const Wait& wait, const TransferOptions& options,
                                  const BlockMemory* blocks) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  Push push(endpoint, mirror, observer ? *observer : silent, wait, blocks);
  auto report = push.run(fs::absolute(local_root), sources, destination, options);
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
