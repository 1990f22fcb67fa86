#include "sync/contents.hpp"

namespace libre::sync {

std::uint64_t bytes_of(const Tree& tree, const std::vector<Need>& needs) {
  std::uint64_t bytes = 0;
  for (const auto& need : needs)
    bytes += tree[static_cast<std::size_t>(need.index)].size - need.offset;
  return bytes;
}

LocalContents::LocalContents(LocalFiles files, const Tree& tree, std::vector<Need> needs,
                             Digests digests, Deltas* deltas, Observer& observer)
    : files_(std::move(files)),
      tree_(tree),
      needs_(std::move(needs)),
      digests_(digests),
      deltas_(deltas),
      observer_(observer) {
  progress_ = {.what = "sending", .total = bytes_of(tree, needs_), .files_total = needs_.size()};
}

Result<void> LocalContents::open_next() {
  if (at_ == needs_.size())
    return Error{Errc::internal, "more contents were asked for than were offered"};
  const Need need = needs_[at_++];
  if (at_ == needs_.size()) {
    needs_ = std::vector<Need>();  // {} would keep the memory
    at_ = 0;
  }
  const Entry& entry = tree_[static_cast<std::size_t>(need.index)];
  entry_ = &entry;
  Expected expected{.offset = need.offset,
                    .size = entry.size,
                    .mtime_ns = entry.mtime_ns,
                    .with_digest = digests_ == Digests::read,
                    .digest = entry.digest};
  if (deltas_ && need.base) {
    LIBRE_TRY(const auto* delta, deltas_->find(entry, *need.base));
    if (delta) {
      expected.with_digest = false;
      expected.steps = steps_from(delta->steps, need.offset);
    }
  }
  const auto file = files_(entry);
  file_.emplace(*file.root, file.path, std::move(expected));
  return {};
}

Result<ContentPiece> LocalContents::next() {
  if (!file_) LIBRE_CHECK(open_next());
  LIBRE_TRY(auto piece, file_->next());
  bytes_ += piece.bytes.size();
  progress_.done += piece.copy ? piece.copy->length : piece.bytes.size();
  if (piece.is_end) {
    file_.reset();
    ++progress_.files_done;
  }
  observer_.progress(progress_);
  return piece;
}

Result<std::optional<std::string>> LocalContents::collect() {
  std::string stream;
  while (!is_over()) {
    LIBRE_TRY(const auto piece, next());
    if (piece.is_end &&
        (piece.end.status != ContentStatus::complete || piece.end.digest != entry_->digest))
      return std::optional<std::string>{};
    append_piece(stream, piece);
  }
  return std::optional<std::string>(std::move(stream));
}

}  // namespace libre::sync
