#include <algorithm>

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
  Push(Endpoint& endpoint, const MirrorSpec& mirror, Observer& observer, const Wait& wait)
      : endpoint_(endpoint), mirror_(mirror), observer_(observer), wait_(wait) {}

  Result<TransferReport> run(const fs::path& local_root, const std::vector<std::string>& sources,
                             const std::string& destination, const TransferOptions& options) {
    LIBRE_CHECK(find_sources(local_root, sources));
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
  Result<void> find_sources(const fs::path& local_root, const std::vector<std::string>& sources) {
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
      LIBRE_CHECK(read_contents(root, listing.tree, prefix, entries));
      std::move(listing.notes.begin(), listing.notes.end(), std::back_inserter(report_.notes));
      places_.push_back(std::move(root));
    }
    LIBRE_TRY(listed_, Tree::make(std::move(entries)));
    return {};
  }

  Result<void> read_contents(Rooted& root, const Tree& tree, const std::string& prefix,
                             std::vector<Entry>& entries) {
    ScanRequest request;
    for (const auto& entry : tree.entries())
      (entry.kind == EntryKind::directory ? request.empty_directories : request.paths)
          .push_back(entry.path);
    HashMemory none;
    LIBRE_TRY(auto scanned, scan(root, std::move(request), none, wait_));
    for (auto entry : scanned.tree.entries()) {
      if (entry.kind == EntryKind::unknown) continue;
      entry.path = prefix + "/" + entry.path;
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

  // Reads from the roots that the numbered directories stand for.
  class Contents final : public ContentSource {
   public:
    Contents(Push& push, const Placement& placement, const std::vector<Need>& needs)
        : push_(push), placement_(placement), needs_(needs) {
      progress_ = {
          .what = "sending", .total = bytes_of(placement.tree, needs), .files_total = needs.size()};
    }
    Result<ContentPiece> next() override {
      if (!file_) open(needs_[at_++]);
      LIBRE_TRY(auto piece, file_->next());
      progress_.done += piece.bytes.size();
      if (piece.is_end) {
        file_.reset();
        ++progress_.files_done;
      }
      push_.observer_.progress(progress_);
      return piece;
    }
    std::uint64_t bytes() const { return progress_.done; }

   private:
    void open(const Need& need) {
      const Entry& entry = placement_.tree[static_cast<std::size_t>(need.index)];
      const auto& listed = placement_.from.at(entry.path);
      const auto slash = listed.find('/');
      auto& root = push_.places_[std::stoul(listed.substr(0, slash))];
      file_.emplace(root, listed.substr(slash + 1),
                    Expected{.offset = need.offset,
                             .size = entry.size,
                             .mtime_ns = entry.mtime_ns,
                             .digest = entry.digest});
    }
    Push& push_;
    const Placement& placement_;
    const std::vector<Need>& needs_;
    std::size_t at_ = 0;
    std::optional<Outgoing> file_;
    Progress progress_;
  };

  Result<void> send(const Placement& placement, const TransferOptions& options) {
    for (const auto& entry : placement.tree.entries())
      report_.files += entry.kind != EntryKind::directory;
    const OfferOptions offer_options{.dry_run = options.dry_run, .partial = true};
    LIBRE_TRY(auto offered, endpoint_.offer(mirror_, placement.tree, offer_options, wait_));
    take(std::move(offered.notes));
    report_.dry_run = options.dry_run;
    if (options.dry_run) report_.bytes_moved = bytes_of(placement.tree, offered.needs);
    if (options.dry_run || offered.done) return {};
    Contents contents(*this, placement, offered.needs);
    LIBRE_TRY(auto applied, endpoint_.supply(contents, wait_));
    take(std::move(applied.notes));
    report_.bytes_moved = contents.bytes();
    return {};
  }

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
                                  const Wait& wait, const TransferOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  Push push(endpoint, mirror, observer ? *observer : silent, wait);
  auto report = push.run(fs::absolute(local_root), sources, destination, options);
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
