#include "sync/pull_compare.hpp"

#include <span>

#include "sync/file_times.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

// The other side says nothing while it reads, and is waited for only so long: more are asked for again.
constexpr std::uint64_t bytes_of_a_question = std::uint64_t{256} << 20;
constexpr std::size_t files_of_a_question = 1000;

}  // namespace

PullCompare::PullCompare(Endpoint& endpoint, const MirrorSpec& mirror, Rooted& root,
                         PullMemory* memory, const Wait& wait)
    : endpoint_(endpoint),
      mirror_(mirror),
      root_(root),
      directory_(std::filesystem::absolute(root.root()).lexically_normal().native()),
      memory_(memory),
      wait_(wait) {}

Result<std::vector<bool>> PullCompare::are_equal(const std::vector<Alike>& files) {
  std::vector<bool> equal(files.size(), true);
  if (!memory_) return equal;
  std::vector<Doubt> doubts;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [entry, source, found] = files[i];
    if (entry->size == 0) continue;
    Doubt doubt{.index = i};
    if (const auto* known = memory_->find(key(*entry))) {
      if (known->settled && known->here == found.stamp) doubt.here = known->content;
      if (known->there != Digest{} && known->there == entry->digest) doubt.there = known->content;
    }
    if (!doubt.here || !doubt.there) doubts.push_back(doubt);
  }
  for (auto& doubt : doubts) {
    LIBRE_CHECK(still_wanted(wait_));
    read_here(files[doubt.index], doubt);
  }
  LIBRE_CHECK(ask_there(files, doubts));
  for (const auto& doubt : doubts) {
    const auto& file = files[doubt.index];
    equal[doubt.index] = doubt.here && doubt.there && *doubt.here == *doubt.there;
    if (equal[doubt.index])
      memory_->note(key(*file.entry), {.content = *doubt.here,
                                       .here = file.found.stamp,
                                       .there = file.entry->digest,
                                       .settled = doubt.settled});
  }
  return equal;
}

// A file that cannot be read, or is touched meanwhile, has no digest: so it counts as another one.
void PullCompare::read_here(const Alike& file, Doubt& doubt) {
  doubt.settled = doubt.here.has_value();
  if (doubt.here) return;
  const auto now = file_clock_ns();
  const auto open = root_.open_file(file.entry->path);
  if (!open) return;
  const auto digest = digest_of_file(open->get(), open->stamp.size);
  struct stat status {};
  if (!digest || ::fstat(open->get(), &status) != 0 || stamp_of(status) != file.found.stamp) return;
  doubt.here = *digest;
  doubt.settled = is_settled(file.found.stamp, now);
}

// A request that skips all of a file brings its digest, and nothing else.
Result<void> PullCompare::ask_there(const std::vector<Alike>& files, std::vector<Doubt>& doubts) {
  std::vector<Doubt*> open;
  for (auto& doubt : doubts)
    if (doubt.here && !doubt.there) open.push_back(&doubt);
  for (auto rest = std::span(open); !rest.empty();) {
    std::vector<ReadItem> items;
    std::uint64_t bytes = 0;
    for (const auto* doubt : rest) {
      const auto& [entry, source, found] = files[doubt->index];
      bytes += entry->size;
      if (!items.empty() && (bytes > bytes_of_a_question || items.size() == files_of_a_question))
        break;
      items.push_back({source.str(), entry->size, entry->size, entry->mtime_ns, {}});
    }
    std::size_t at = 0;
    const auto sink = [&](const ContentPiece& piece) -> Result<void> {
      if (!piece.is_end || at == items.size())
        return Error{Errc::protocol, "contents came where digests were asked for"};
      // What has changed meanwhile is another one.
      if (piece.end.status == ContentStatus::complete) rest[at]->there = piece.end.digest;
      ++at;
      return {};
    };
    LIBRE_CHECK(endpoint_.read(mirror_, items, sink, wait_));
    rest = rest.subspan(items.size());
  }
  return {};
}

void PullCompare::placed(const Entry& entry, const Digest& content) {
  if (!memory_) return;
  const auto now = file_clock_ns();
  const auto found = root_.look(entry.path);
  const bool is_ours = found && *found && (*found)->kind == FoundKind::file &&
                       (*found)->stamp.size == entry.size &&
                       (*found)->stamp.mtime_ns == entry.mtime_ns;
  if (!is_ours) return;
  // Our rename has just set its ctime, so that is not older than now, as it would have to be. But settle() waits
  // for the next tick, unless ticks are as long as seconds; and until then whoever writes to it moves its mtime
  // away from that of the original.
  const auto& stamp = (*found)->stamp;
  const bool settled =
      latest_moment(stamp.mtime_ns) < now && latest_moment(stamp.ctime_ns) == stamp.ctime_ns;
  placed_ns_ = now;
  memory_->note(key(entry),
                {.content = content, .here = stamp, .there = entry.digest, .settled = settled});
}

void PullCompare::settle() const { await_next_tick(placed_ns_); }

void PullCompare::touched(const Entry& entry) {
  const auto* known = memory_ ? memory_->find(key(entry)) : nullptr;
  if (known && known->there == entry.digest) placed(entry, Digest(known->content));
}

}  // namespace libre::sync
