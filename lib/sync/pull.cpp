#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "sync/core/destination.hpp"
#include "sync/observe.hpp"
#include "sync/staging.hpp"
#include "sync/transfer.hpp"

namespace libre::sync {
namespace {

namespace fs = std::filesystem;

// A pulled file's content is not known before it comes, so its name in the staging directory is made
// of what the listing says.
std::string arriving_name(const std::string& source, const Entry& entry) {
  return digest_of(as_bytes(fmt::format("{}\n{}\n{}", source, entry.size, entry.mtime_ns))).hex();
}

class Pull {
 public:
  Pull(Endpoint& endpoint, const MirrorSpec& mirror, Observer& observer, const Wait& wait)
      : endpoint_(endpoint), mirror_(mirror), observer_(observer), wait_(wait) {}

  Result<TransferReport> run(const std::vector<std::string>& sources, const fs::path& destination) {
    if (sources.empty()) return Error{Errc::usage, "nothing is named to pull"};
    LIBRE_TRY(auto listing, endpoint_.list({.mirror = mirror_, .patterns = sources}, wait_));
    report_.notes = std::move(listing.notes);
    std::vector<Source> found;
    for (const auto& match : listing.matches)
      found.push_back({match.path, match.directory,
                       sources[static_cast<std::size_t>(match.pattern)].ends_with('/')});
    LIBRE_TRY(auto root, open_destination(destination, found));
    LIBRE_TRY(placement_, place(listing.tree, found, target_));
    for (const auto& entry : placement_.tree.entries()) LIBRE_CHECK(prepare(root, entry));
    auto received = receive(root);
    incoming_.reset();  // before the root that it borrows
    LIBRE_CHECK(received);
    (void)clear_staging(root, {});  // stays where another pull still uses it
    return std::move(report_);
  }

 private:
  // Opens the directory that everything goes into, and sets target_. Links on the way to it are
  // followed: it is the user's own word.
  Result<Rooted> open_destination(const fs::path& destination, const std::vector<Source>& found) {
    std::error_code ignored;
    const auto& text = destination.native();
    const bool into = text.empty() || text.ends_with('/') || text.ends_with("/.") || text == "." ||
                      fs::is_directory(destination, ignored);
    fs::path directory = text.empty() ? fs::path(".") : destination;
    target_ = {};
    if (!target_of("x", into, found).name.empty()) {
      target_.name = destination.filename().native();
      directory = destination.has_parent_path() ? destination.parent_path() : fs::path(".");
    }
    LIBRE_CHECK(make_directories(directory));
    return Rooted::open(directory);
  }

  Result<void> prepare(Rooted& root, const Entry& entry) {
    LIBRE_CHECK(still_wanted(wait_));
    const auto& source = placement_.from.at(entry.path);
    report_.files += entry.kind != EntryKind::directory;
    LIBRE_CHECK(make_parents(root, entry.path));
    LIBRE_TRY(const auto there, root.look(entry.path));
    if (entry.kind == EntryKind::directory) return root.make_directory(entry.path);
    if (there && there->kind == FoundKind::directory)
      return Error{Errc::exists,
                   root.shown(entry.path) + " is a directory here and none over there",
                   {},
                   "move it away, or pull to another place"};
    if (entry.kind == EntryKind::symlink) return make_link(root, entry, there);
    if (entry.kind != EntryKind::file) return {};
    const bool same = there && there->kind == FoundKind::file && there->stamp.size == entry.size &&
                      there->stamp.mtime_ns == entry.mtime_ns;
    if (same)
      return there->executable == entry.executable
                 ? Result<void>()
                 : root.set_attributes(entry.path, entry.executable, entry.mtime_ns);
    LIBRE_TRY(auto offset, staged_size(root, arriving_name(source, entry)));
    if (offset > entry.size) offset = 0;
    items_.push_back({source, offset, entry.size, entry.mtime_ns});
    wanted_.push_back(&entry);
    return {};
  }

  static Result<void> make_parents(Rooted& root, const std::string& path) {
    const std::string parent(parent_of(path));
    if (parent.empty()) return {};
    LIBRE_TRY(const auto there, root.look(parent));
    if (there && there->kind == FoundKind::directory) return {};
    LIBRE_CHECK(make_parents(root, parent));
    return root.make_directory(parent);
  }

  Result<void> make_link(Rooted& root, const Entry& entry, const std::optional<Found>& there) {
    if (there && there->kind == FoundKind::symlink && there->target == entry.target) return {};
    const auto temporary = std::string(staging_directory) + "/link-" + random_id(8);
    LIBRE_CHECK(root.make_directory(staging_directory));
    LIBRE_CHECK(root.make_link(entry.target, temporary));
    ++report_.files_moved;
    return root.rename(temporary, entry.path);
  }

  Result<void> receive(Rooted& root) {
    if (items_.empty()) return {};
    progress_ = {.what = "receiving", .files_total = items_.size()};
    for (const auto& item : items_) progress_.total += item.size - item.offset;
    const auto sink = [&](const ContentPiece& piece) { return take(root, piece); };
    LIBRE_CHECK(endpoint_.read(mirror_, items_, sink, wait_));
    if (again_.empty()) return {};
    // Another pull was at what we wanted to go on with: these come whole.
    items_.clear();
    wanted_ = std::move(again_);
    for (const auto* entry : wanted_)
      items_.push_back({placement_.from.at(entry->path), 0, entry->size, entry->mtime_ns});
    at_ = 0;
    return endpoint_.read(mirror_, items_, sink, wait_);
  }

  Result<void> take(Rooted& root, const ContentPiece& piece) {
    const Entry& entry = *wanted_[at_];
    const ReadItem& item = items_[at_];
    if (!incoming_) {
      LIBRE_TRY(auto opened, Incoming::open(root, arriving_name(item.path, entry)));
      incoming_.emplace(std::move(opened));
      if (incoming_->size() != item.offset) LIBRE_CHECK(incoming_->restart());
      usable_ = incoming_->size() == item.offset;
    }
    if (!piece.is_end) {
      if (!usable_) return {};
      if (piece.bytes.size() > entry.size - std::min(entry.size, incoming_->size()))
        return Error{Errc::protocol,
                     "more of " + printable(item.path) + " came than was announced"};
      progress_.done += piece.bytes.size();
      report_.bytes_moved += piece.bytes.size();
      observer_.progress(progress_);
      return incoming_->add(piece.bytes);
    }
    ++at_;
    ++progress_.files_done;
    observer_.progress(progress_);
    auto arrived = std::move(*incoming_);
    incoming_.reset();
    if (usable_) return finish(root, entry, arrived, piece.end);
    again_.push_back(&entry);
    return {};
  }

  Result<void> finish(Rooted& root, const Entry& entry, Incoming& arrived, const ContentEnd& end) {
    const bool whole = end.status == ContentStatus::complete && arrived.size() == entry.size &&
                       arrived.is_intact() && arrived.digest() == end.digest;
    if (!whole) {
      const bool unreadable = end.status == ContentStatus::unreadable;
      report_.notes.push_back(
          {unreadable ? SyncNote::Kind::unreadable : SyncNote::Kind::vanished, entry.path,
           unreadable ? "it cannot be read there" : "it changed while it was read; pull it again"});
      return root.remove_file(arrived.path());
    }
    LIBRE_CHECK(arrived.make_durable());
    LIBRE_CHECK(root.set_attributes(arrived.path(), entry.executable, entry.mtime_ns));
    LIBRE_CHECK(root.rename(arrived.path(), entry.path));
    ++report_.files_moved;
    return {};
  }

  Endpoint& endpoint_;
  const MirrorSpec& mirror_;
  Observer& observer_;
  const Wait& wait_;
  Target target_;
  Placement placement_;
  std::vector<ReadItem> items_;
  std::vector<const Entry*> wanted_;  // in placement_
  std::size_t at_ = 0;
  std::optional<Incoming> incoming_;
  bool usable_ = false;              // incoming_ goes on where the content begins
  std::vector<const Entry*> again_;  // whose content began elsewhere
  Progress progress_;
  TransferReport report_;
};

}  // namespace

Result<TransferReport> pull_files(Endpoint& endpoint, const MirrorSpec& mirror,
                                  const std::vector<std::string>& sources,
                                  const fs::path& destination, Observer* observer,
                                  const Wait& wait) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  auto report =
      Pull(endpoint, mirror, observer ? *observer : silent, wait).run(sources, destination);
  if (report)
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
