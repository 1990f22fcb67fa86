#include "sync/deltas.hpp"

#include "sync/delta/file_content.hpp"
#include "sync/observe.hpp"

namespace libre::sync {

Result<const Delta*> Deltas::find(const Entry& entry, const ContentId& base) {
  const auto key = std::pair(base, content_of(entry));
  auto known = made_.find(key);
  if (known == made_.end()) {
    auto delta = make(entry, base);
    if (!delta) LIBRE_CHECK(still_wanted(wait_));
    known = made_.emplace(key, delta ? *std::move(delta) : std::nullopt).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<std::optional<Delta>> Deltas::make(const Entry& entry, const ContentId& base) const {
  if (!is_listed(entry.size) || !is_listed(base.size)) return std::nullopt;
  const auto old = memory_.find(base.digest, base.size);
  if (!old) return std::nullopt;
  LIBRE_TRY(const auto fd, root_.open_file(entry.path));
  LIBRE_TRY(const auto now, list_of(fd.get(), entry));
  FileContent content(fd.get(), entry.size);
  LIBRE_TRY(auto delta, make_delta(*old, now, content));
  // Nothing to copy: then the old file over there need not be as we think.
  if (delta.literal_bytes == entry.size) return std::nullopt;
  return std::optional(std::move(delta));
}

Result<BlockList> Deltas::list_of(int fd, const Entry& entry) const {
  if (auto known = memory_.find(entry.digest, entry.size)) return *std::move(known);
  LIBRE_TRY(auto list, list_file(fd, entry.size, block_size_for(entry.size), wait_));
  if (keep_) (void)memory_.remember(list);  // a help only
  return list;
}

}  // namespace libre::sync
