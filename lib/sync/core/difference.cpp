#include "sync/core/difference.hpp"

#include <algorithm>
#include <set>

#include "base/stream.hpp"
#include "sync/core/bytes.hpp"

namespace libre::sync {
namespace {

Error outdated() {
  return Error{Errc::outdated, "what is remembered of the mirror here and there does not agree",
               "another machine has brought the project there, or a memory was lost",
               "the whole project must be compared"};
}

}  // namespace

KnownTree known(Tree tree) {
  Digester digester;
  write_tree(tree, [&digester](std::string_view piece) { digester.add(as_bytes(piece)); });
  return {std::move(tree), digester.finish()};
}

Difference difference(const KnownTree& from, const KnownTree& to) {
  Difference result{.from = from.digest, .to = to.digest};
  if (from.digest == to.digest) return result;
  std::vector<Entry> changed;
  auto old = from.tree.entries().begin();
  for (const auto& entry : to.tree.entries()) {
    for (; old != from.tree.entries().end() && old->path < entry.path; ++old)
      result.removed.emplace_back(old->path);
    const bool is_known = old != from.tree.entries().end() && old->path == entry.path;
    if (!is_known || *old != entry) changed.push_back(entry);
    if (is_known) ++old;
  }
  for (; old != from.tree.entries().end(); ++old) result.removed.emplace_back(old->path);
  // A part of a tree without the rest of it is one, too.
  if (auto tree = Tree::make(std::move(changed))) result.changed = *std::move(tree);
  return result;
}

Result<std::shared_ptr<const KnownTree>> patched(const std::shared_ptr<const KnownTree>& from,
                                                 const Difference& difference) {
  if (difference.from != from->digest) return outdated();
  if (difference.from == difference.to) return from;
  std::vector<Entry> entries;
  entries.reserve(from->tree.size() + difference.changed.size());
  auto removed = difference.removed.begin();
  auto changed = difference.changed.entries().begin();
  for (const auto& entry : from->tree.entries()) {
    for (; changed != difference.changed.entries().end() && changed->path < entry.path; ++changed)
      entries.push_back(*changed);
    if (removed != difference.removed.end() && *removed == entry.path) {
      ++removed;
    } else if (changed != difference.changed.entries().end() && changed->path == entry.path) {
      entries.push_back(*changed++);
    } else {
      entries.push_back(entry);
    }
  }
  entries.insert(entries.end(), changed, difference.changed.entries().end());
  LIBRE_TRY(auto tree, Tree::make(std::move(entries)));
  auto result = std::make_shared<const KnownTree>(known(std::move(tree)));
  if (result->digest != difference.to) return outdated();
  return result;
}

std::vector<std::size_t> new_contents(const Tree& from, const Difference& difference) {
  const auto& changed = difference.changed;
  std::set<ContentId> unknown;
  for (const auto& entry : changed.entries())
    if (entry.kind == EntryKind::file) unknown.insert(content_of(entry));
  if (!unknown.empty())
    for (const auto& entry : from.entries())
      if (entry.kind == EntryKind::file && entry.size > 0) unknown.erase(content_of(entry));
  std::vector<std::size_t> indices;
  std::set<ContentId> taken;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const Entry& entry = changed[i];
    if (entry.kind != EntryKind::file || !unknown.contains(content_of(entry))) continue;
    const Entry* old = from.find(entry.path);
    const bool both_empty = old && old->kind == EntryKind::file && old->size + entry.size == 0;
    if (both_empty) continue;
    if (entry.size < smallest_shared || taken.insert(content_of(entry)).second)
      indices.push_back(i);
  }
  return indices;
}

std::string encode(const Difference& difference) {
  ByteWriter out;
  out.digest(difference.from);
  out.digest(difference.to);
  out.number(difference.removed.size());
  for (const auto& path : difference.removed) out.text(path);
  out.raw(encode(difference.changed));
  return out.take();
}

Result<Difference> decode_difference(std::string_view bytes) {
  ByteReader in(bytes);
  Difference result{.from = in.digest(), .to = in.digest()};
  const auto count = in.number();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i)
    result.removed.emplace_back(in.text(max_path));
  if (!in.ok() || !std::ranges::is_sorted(result.removed))
    return Error{Errc::protocol, "the difference between two lists of files is damaged"};
  LIBRE_TRY(result.changed, decode_tree(in.raw(in.left())));
  return result;
}

}  // namespace libre::sync
