#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "sync/arrivals.hpp"
#include "sync/core/destination.hpp"
#include "sync/list.hpp"
#include "sync/observe.hpp"
#include "sync/pull_compare.hpp"
#include "sync/scan.hpp"
#include "sync/staging.hpp"
#include "sync/transfer.hpp"

namespace libre::sync {
namespace {

namespace fs = std::filesystem;

// What an entry takes in its place.
enum class PullStep { nothing, mode, directory, link, content, blocked };

PullStep step_for(const Entry& entry, const std::optional<Found>& there) {
  const bool is_directory = there && there->kind == FoundKind::directory;
  if (entry.kind == EntryKind::directory)
    return is_directory ? PullStep::nothing : PullStep::directory;
  if (is_directory) return PullStep::blocked;
  if (entry.kind == EntryKind::symlink) {
    const bool same = there && there->kind == FoundKind::symlink && there->target == entry.target;
    return same ? PullStep::nothing : PullStep::link;
  }
  if (entry.kind != EntryKind::file) return PullStep::nothing;
  const bool same = there && there->kind == FoundKind::file && there->stamp.size == entry.size &&
                    there->stamp.mtime_ns == entry.mtime_ns;
  if (!same) return PullStep::content;
  return there->executable == entry.executable ? PullStep::nothing : PullStep::mode;
}

std::uint64_t old_size_of(const std::optional<Found>& there) {
  return there && there->kind == FoundKind::file ? there->stamp.size : 0;
}

// The other side names what it has found; that it was asked for is for us to see. A hostile one would
// put a file where it does harm: ".bashrc" for a pull of "results".
Result<void> check_matches(const std::vector<ListMatch>& matches,
                           const std::vector<std::string>& patterns) {
  for (const auto& match : matches)
    if (match.pattern >= patterns.size() ||
        !is_named_by(patterns[static_cast<std::size_t>(match.pattern)], match.path))
      return Error{
          Errc::protocol,
          "the other side offers \"" + printable(match.path) + "\", which is not asked for",
          {},
          "do not trust that machine before you know why"};
  return {};
}

class Pull {
 public:
  Pull(Endpoint& endpoint, const MirrorSpec& mirror, Observer& observer, const Wait& wait,
       PullMemory* memory)
      : endpoint_(endpoint), mirror_(mirror), observer_(observer), wait_(wait), memory_(memory) {}

  Result<TransferReport> run(const std::vector<std::string>& sources, const fs::path& destination,
                             const TransferOptions& options) {
    if (sources.empty()) return Error{Errc::usage, "nothing is named to pull"};
    LIBRE_TRY(auto listing, endpoint_.list({.mirror = mirror_, .patterns = sources}, wait_));
    LIBRE_CHECK(check_matches(listing.matches, sources));
    report_.notes = std::move(listing.notes);
    std::vector<Source> found;
    for (const auto& match : listing.matches)
      found.push_back({match.path, match.directory,
                       sources[static_cast<std::size_t>(match.pattern)].ends_with('/')});
    const auto directory = choose_target(destination, found);
    LIBRE_TRY(placement_, place(listing.tree, found, target_));
    for (const auto& entry : placement_.tree.entries())
      report_.files += entry.kind != EntryKind::directory;
    LIBRE_CHECK(options.dry_run ? preview(directory) : carry_out(directory));
    return std::move(report_);
  }

 private:
  // The directory that everything goes into; sets target_, its place there. Links on the way to it are
  // followed: it is the user's own word.
  fs::path choose_target(const fs::path& destination, const std::vector<Source>& found) {
    std::error_code ignored;
    const auto& text = destination.native();
    const bool into = text.empty() || text.ends_with('/') || text.ends_with("/.") || text == "." ||
                      fs::is_directory(destination, ignored);
    target_ = {};
    if (target_of("x", into, found).name.empty()) return text.empty() ? fs::path(".") : destination;
    target_.name = destination.filename().native();
    return destination.has_parent_path() ? destination.parent_path() : fs::path(".");
  }

  Result<void> carry_out(const fs::path& directory) {
    LIBRE_CHECK(make_directories(directory));
    LIBRE_TRY(auto root, Rooted::open(directory));
    PullCompare compare(endpoint_, mirror_, root, memory_, wait_);
    Arrivals arrivals(endpoint_, mirror_, root, compare, observer_, wait_, report_);
    for (const auto& entry : placement_.tree.entries()) LIBRE_CHECK(prepare(root, entry, arrivals));
    auto received = prepare_alike(root, compare, arrivals);
    if (received) received = arrivals.receive();
    compare.settle();
    LIBRE_CHECK(received);
    (void)clear_staging(root,
                        [](const auto&) { return false; });  // stays where another pull uses it
    return {};
  }

  // Does what needs no contents.
  Result<void> prepare(Rooted& root, const Entry& entry, Arrivals& arrivals) {
    LIBRE_CHECK(still_wanted(wait_));
    LIBRE_CHECK(make_parents(root, entry.path));
    LIBRE_TRY(const auto there, root.look(entry.path));
    const auto step = step_for(entry, there);
    switch (step) {
      case PullStep::nothing:
      case PullStep::mode:
        keep_if_alike(entry, there);
        return {};
      case PullStep::directory:
        return root.make_directory(entry.path);
      case PullStep::link:
        return make_link(root, entry);
      case PullStep::content:
        return arrivals.expect(entry, placement_.from.at(entry.path), old_size_of(there));
      case PullStep::blocked:
        break;
    }
    return blocked(root, entry);
  }

  void keep_if_alike(const Entry& entry, const std::optional<Found>& there) {
    if (entry.kind == EntryKind::file && there)
      alike_.push_back({&entry, placement_.from.at(entry.path), *there});
  }

  // Of the files that look as they do over there.
  Result<void> prepare_alike(Rooted& root, PullCompare& compare, Arrivals& arrivals) {
    LIBRE_TRY(const auto equal, compare.are_equal(alike_));
    for (std::size_t i = 0; i < alike_.size(); ++i) {
      const auto& [entry, source, found] = alike_[i];
      if (!equal[i]) {
        LIBRE_CHECK(arrivals.expect(*entry, source, found.stamp.size));
      } else if (found.executable != entry->executable) {
        // The comparison may have taken minutes: whoever has touched it meanwhile keeps it until the next pull.
        LIBRE_TRY(const auto now, root.look(entry->path));
        if (!now || now->stamp != found.stamp) continue;
        LIBRE_CHECK(root.set_attributes(entry->path, entry->executable, entry->mtime_ns));
        compare.touched(*entry);
      }
    }
    return {};
  }

  // Says what would be done. A destination that is missing is an empty one.
  Result<void> preview(const fs::path& directory) {
    auto root = Rooted::open(directory);
    if (!root && root.error().code != Errc::not_found) return std::move(root).error();
    report_.dry_run = true;
    for (const auto& entry : placement_.tree.entries()) {
      std::optional<Found> there;
      if (root) {
        LIBRE_TRY(there, root->look(entry.path));
      }
      const auto step = step_for(entry, there);
      if (step == PullStep::blocked) return blocked(*root, entry);
      if (step == PullStep::nothing || step == PullStep::mode) {
        keep_if_alike(entry, there);
        continue;
      }
      if (step == PullStep::content) would_come(entry, old_size_of(there));
      report_.files_moved += step == PullStep::link;
      note(SyncNote::Kind::sent, entry, reason(step, there));
    }
    return root ? preview_alike(*root) : Result<void>();
  }

  Result<void> preview_alike(Rooted& root) {
    PullCompare compare(endpoint_, mirror_, root, memory_, wait_);
    LIBRE_TRY(const auto equal, compare.are_equal(alike_));
    for (std::size_t i = 0; i < alike_.size(); ++i) {
      const auto& [entry, source, found] = alike_[i];
      if (!equal[i]) {
        would_come(*entry, found.stamp.size);
        note(SyncNote::Kind::sent, *entry, "another content");
      } else if (found.executable != entry->executable) {
        note(SyncNote::Kind::mode, *entry, entry->executable ? "executable" : "not executable");
      }
    }
    return {};
  }

  void would_come(const Entry& entry, std::uint64_t old_size) {
    ++report_.files_moved;
    report_.bytes_moved += entry.size;
    report_.at_most = report_.at_most || (is_listed(entry.size) && is_listed(old_size));
  }

  static std::string reason(PullStep step, const std::optional<Found>& there) {
    if (step == PullStep::directory) return "new directory";
    if (!there) return step == PullStep::link ? "new link" : "new";
    if (step == PullStep::link) return "another link";
    return there->kind == FoundKind::file ? "another size or time" : "no file here";
  }

  void note(SyncNote::Kind kind, const Entry& entry, std::string detail) {
    report_.notes.push_back({kind, entry.path.str(), std::move(detail)});
  }

  static Error blocked(const Rooted& root, const Entry& entry) {
    return {Errc::exists,
            root.shown(entry.path) + " is a directory here and none over there",
            {},
            "move it away, or pull to another place"};
  }

  static Result<void> make_parents(Rooted& root, std::string_view path) {
    const std::string parent(parent_of(path));
    if (parent.empty()) return {};
    LIBRE_TRY(const auto there, root.look(parent));
    if (there && there->kind == FoundKind::directory) return {};
    LIBRE_CHECK(make_parents(root, parent));
    return root.make_directory(parent);
  }

  Result<void> make_link(Rooted& root, const Entry& entry) {
    if (points_outside(entry.path, entry.target))
      note(SyncNote::Kind::outside_link, entry, entry.target.str());
    const auto temporary = std::string(staging_directory) + "/link-" + random_id(8);
    LIBRE_CHECK(root.make_directory(staging_directory));
    LIBRE_CHECK(root.make_link(entry.target.str(), temporary));
    ++report_.files_moved;
    return root.rename(temporary, entry.path);
  }

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Observer& observer_;
  const Wait& wait_;
  PullMemory* memory_;
  std::vector<Alike> alike_;  // borrow from placement_
  Target target_;
  Placement placement_;
  TransferReport report_;
};

}  // namespace

Result<TransferReport> pull_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const std::vector<std::string>& sources,
                                  const fs::path& destination, Observer* observer, const Wait& wait,
                                  const TransferOptions& options, const fs::path& memory) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  Observer& told = observer ? *observer : silent;
  auto remembered = memory.empty() ? std::nullopt : std::optional(PullMemory::load(memory));
  auto report = Pull(endpoint, mirror, told, wait, remembered ? &*remembered : nullptr)
                    .run(sources, destination, options);
  // Also of a pull that was broken off. A help only: where it cannot be written the next pull compares.
  if (remembered && !options.dry_run && remembered->has_changed())
    if (const auto saved = remembered->save(memory); !saved) told.status(saved.error().describe());
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
