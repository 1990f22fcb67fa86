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
  const auto file = files_(entry);
  LIBRE_TRY(const auto fd, file.root->open_file(file.path));
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

Result<bool> learn_blocks(Endpoint& endpoint, const MirrorSpec& mirror, const Tree& tree,
                          std::vector<Need>& needs, const BlockMemory& memory, const Wait& wait) {
  bool grew = false;
  for (auto& need : needs) {
    const Entry& entry = tree[static_cast<std::size_t>(need.index)];
    if (!need.base || memory.knows(*need.base)) continue;
    if (entry.size - need.offset < worth_asking) continue;
    const auto list = endpoint.blocks(mirror, entry.path.str(), wait);
    const bool gone = !list && list.error().code == Errc::not_found;
    if (!list && !gone) return list.error();
    if (gone || list->size != need.base->size) continue;  // changed again: it goes whole
    need.base->digest = list->digest;
    grew = memory.remember(*list).has_value() || grew;
  }
  return grew;
}

namespace {

std::uint64_t literal_bytes(const std::vector<Step>& steps) {
  std::uint64_t bytes = 0;
  for (const auto& step : steps)
    if (step.kind == Step::Kind::literal) bytes += step.length;
  return bytes;
}

}  // namespace

Result<std::uint64_t> bytes_to_send(const Tree& tree, const std::vector<Need>& needs,
                                    Deltas& deltas, std::uint64_t enough) {
  std::uint64_t bytes = 0;
  for (const auto& need : needs) {
    const Entry& entry = tree[static_cast<std::size_t>(need.index)];
    const Delta* delta = nullptr;
    if (need.base) {
      LIBRE_TRY(delta, deltas.find(entry, *need.base));
    }
    bytes +=
        delta ? literal_bytes(steps_from(delta->steps, need.offset)) : entry.size - need.offset;
    if (bytes > enough) break;
  }
  return bytes;
}

}  // namespace libre::sync
