#include "sync/contents.hpp"

namespace libre::sync {

std::uint64_t bytes_of(const Tree& tree, const std::vector<Need>& needs) {
  std::uint64_t bytes = 0;
  for (const auto& need : needs)
    bytes += tree[static_cast<std::size_t>(need.index)].size - need.offset;
  return bytes;
}

LocalContents::LocalContents(Rooted& root, const Tree& tree, const std::vector<Need>& needs,
                             std::map<std::string, std::string> local_paths, Observer& observer)
    : root_(root),
      tree_(tree),
      needs_(needs),
      local_paths_(std::move(local_paths)),
      observer_(observer) {
  progress_ = {.what = "sending", .total = bytes_of(tree, needs), .files_total = needs.size()};
}

Result<ContentPiece> LocalContents::next() {
  if (!file_) {
    if (at_ == needs_.size())
      return Error{Errc::internal, "more contents were asked for than were offered"};
    const Need& need = needs_[at_++];
    const Entry& entry = tree_[static_cast<std::size_t>(need.index)];
    const auto local = local_paths_.find(entry.path);
    const Expected expected{.offset = need.offset,
                            .size = entry.size,
                            .mtime_ns = entry.mtime_ns,
                            .with_digest = need.offset == 0};
    file_.emplace(root_, local == local_paths_.end() ? entry.path : local->second, expected);
  }
  LIBRE_TRY(auto piece, file_->next());
  progress_.done += piece.bytes.size();
  if (piece.is_end) {
    file_.reset();
    ++progress_.files_done;
  }
  observer_.progress(progress_);
  return piece;
}

Result<std::optional<std::string>> collect(LocalContents& contents, const Tree& tree,
                                           const std::vector<Need>& needs) {
  std::string stream;
  for (const auto& need : needs) {
    for (;;) {
      LIBRE_TRY(const auto piece, contents.next());
      if (!piece.is_end) {
        append_chunk(stream, piece.bytes);
        continue;
      }
      if (piece.end.status != ContentStatus::complete ||
          piece.end.digest != tree[static_cast<std::size_t>(need.index)].digest)
        return std::optional<std::string>{};
      append_end(stream, piece.end);
      break;
    }
  }
  return std::optional<std::string>(std::move(stream));
}

}  // namespace libre::sync
