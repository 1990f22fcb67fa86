#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "sync/arrivals.hpp"
#include "sync/core/destination.hpp"
#include "sync/list.hpp"
#include "sync/observe.hpp"
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
  Pull(Endpoint& endpoint, const MirrorSpec& mirror, Observer& observer, const Wait& wait)
      : endpoint_(endpoint), mirror_(mirror), observer_(observer), wait_(wait) {}

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
    Arrivals arrivals(endpoint_, mirror_, root, observer_, wait_, report_);
    for (const auto& entry : placement_.tree.entries()) LIBRE_CHECK(prepare(root, entry, arrivals));
    LIBRE_CHECK(arrivals.receive());
    (void)clear_staging(
        root, [](const auto&) { return false; });  // stays where another pull still uses it
    return {};
  }

  // Does what needs no contents.
  Result<void> prepare(Rooted& root, const Entry& entry, Arrivals& arrivals) {
    LIBRE_CHECK(still_wanted(wait_));
    LIBRE_CHECK(make_parents(root, entry.path));
    LIBRE_TRY(const auto there, root.look(entry.path));
    switch (step_for(entry, there)) {
      case PullStep::nothing:
        return {};
      case PullStep::mode:
        return root.set_attributes(entry.path, entry.executable, entry.mtime_ns);
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
      if (step == PullStep::content) {
        report_.bytes_moved += entry.size;
        const bool by_changes = is_listed(entry.size) && is_listed(old_size_of(there));
        report_.at_most = report_.at_most || by_changes;
      }
      report_.files_moved += step == PullStep::content || step == PullStep::link;
      if (step == PullStep::mode)
        note(SyncNote::Kind::mode, entry, entry.executable ? "executable" : "not executable");
      else if (step != PullStep::nothing)
        note(SyncNote::Kind::sent, entry, reason(step, there));
    }
    return {};
  }

  static std::string reason(PullStep step, const std::optional<Found>& there) {
    if (step == PullStep::directory) return "new directory";
    if (!there) return step == PullStep::link ? "new link" : "new";
    if (step == PullStep::link) return "another link";
    return there->kind == FoundKind::file ? "another size or time" : "no file here";
  }

  void note(SyncNote::Kind kind, const Entry& entry, std::string detail) {
    report_.notes.push_back({kind, entry.path, std::move(detail)});
  }

  static Error blocked(const Rooted& root, const Entry& entry) {
    return {Errc::exists,
            root.shown(entry.path) + " is a directory here and none over there",
            {},
            "move it away, or pull to another place"};
  }

  static Result<void> make_parents(Rooted& root, const std::string& path) {
    const std::string parent(parent_of(path));
    if (parent.empty()) return {};
    LIBRE_TRY(const auto there, root.look(parent));
    if (there && there->kind == FoundKind::directory) return {};
    LIBRE_CHECK(make_parents(root, parent));
    return root.make_directory(parent);
  }

  Result<void> make_link(Rooted& root, const Entry& entry) {
    if (points_outside(entry.path, entry.target.text()))
      note(SyncNote::Kind::outside_link, entry, entry.target.text());
    const auto temporary = std::string(staging_directory) + "/link-" + random_id(8);
    LIBRE_CHECK(root.make_directory(staging_directory));
    LIBRE_CHECK(root.make_link(entry.target.text(), temporary));
    ++report_.files_moved;
    return root.rename(temporary, entry.path);
  }

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Observer& observer_;
  const Wait& wait_;
  Target target_;
  Placement placement_;
  TransferReport report_;
};

}  // namespace

Result<TransferReport> pull_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const std::vector<std::string>& sources,
                                  const fs::path& destination, Observer* observer, const Wait& wait,
                                  const TransferOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  auto report = Pull(endpoint, mirror, observer ? *observer : silent, wait)
                    .run(sources, destination, options);
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
