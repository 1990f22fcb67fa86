#include "sync/reused.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sync/apply.hpp"
#include "sync/core/reuse.hpp"
#include "sync/delta/block_list.hpp"
#include "sync/staging.hpp"

namespace libre::sync {
namespace {

std::optional<ContentId> content_at(const Placed& placed, const Found& found) {
  if (found.kind != FoundKind::file || !is_ours(placed, found)) return std::nullopt;
  return ContentId{found.digest.value_or(placed.digest), found.stamp.size};
}

// The files of the mirror with contents that are needed.
Result<Tree> needed_there(const Work& work, const Manifest& manifest) {
  if (manifest.empty()) return Tree();  // a first sync: all of it is needed, and nothing there
  std::set<ContentId> needed;
  for (const auto& need : work.needs)
    needed.insert(content_of(work.wanted[static_cast<std::size_t>(need.index)]));
  std::vector<Entry> files;
  Ascending present(work.present);
  for (const auto& [path, placed] : manifest) {
    const auto* found = present.find(path);
    const auto content = found ? content_at(placed, *found) : std::nullopt;
    if (content && needed.contains(*content))
      files.push_back({.path = path, .size = content->size, .digest = content->digest});
  }
  return Tree::make(std::move(files));
}

// Needs and actions ask for the same contents in the same order.
void name_bases(Work& work, const Manifest& manifest) {
  auto need = work.needs.begin();
  for (const auto& action : work.actions) {
    if (need == work.needs.end()) return;
    if (action.kind != Action::Kind::content || action.index != need->index) continue;
    const auto placed = manifest.find(action.path);
    const auto found = work.present.find(action.path);
    const bool known =
        !action.aside_first && placed != manifest.end() && found != work.present.end();
    if (known && is_listed(work.wanted[action.index].size))
      if (const auto base = content_at(placed->second, found->second);
          base && is_listed(base->size))
        need->base = base;
    ++need;
  }
}

std::set<std::string_view> paths_to_remove(const Work& work) {
  std::set<std::string_view> paths;
  for (const auto& action : work.actions)
    if (action.kind == Action::Kind::remove) paths.insert(action.path);
  return paths;
}

// A content that several files need comes for the first of them.
void share(Work& work) {
  const auto wanted = [&work](const Need& need) -> const Entry& {
    return work.wanted[static_cast<std::size_t>(need.index)];
  };
  // Those with one content side by side, the first one first: there may be hundred thousands.
  std::vector<const Need*> by_content;
  for (const auto& need : work.needs)
    if (wanted(need).size >= smallest_shared) by_content.push_back(&need);
  std::ranges::sort(by_content, {}, [&](const Need* need) {
    return std::pair(content_of(wanted(*need)), need->index);
  });
  for (const Need* first = nullptr; const Need* need : by_content) {
    if (!first || content_of(wanted(*first)) != content_of(wanted(*need))) {
      first = need;
      continue;
    }
    work.shared.push_back({static_cast<std::size_t>(need->index), wanted(*first).path});
  }
  std::ranges::sort(work.shared, {}, &Shared::index);
  std::erase_if(work.needs, [&](const Need& need) {
    return std::ranges::binary_search(work.shared, need.index, {}, &Shared::index);
  });
}

}  // namespace

Result<void> use_what_is_there(Work& work, const Manifest& manifest) {
  if (work.needs.empty()) return {};
  LIBRE_TRY(const auto there, needed_there(work, manifest));
  std::map<std::size_t, Reuse> sources;
  if (there.size() > 0)
    for (const auto& reuse : find_reuse(work.wanted, there)) sources.emplace(reuse.wanted, reuse);
  const auto removed = paths_to_remove(work);
  std::erase_if(work.needs, [&](const Need& need) {
    const auto index = static_cast<std::size_t>(need.index);
    const auto source = sources.find(index);
    if (source == sources.end()) return false;
    const auto& from = there[source->second.there].path;
    work.reused.push_back({index, from, source->second.moves && removed.contains(from)});
    return true;
  });
  share(work);
  name_bases(work, manifest);
  return {};
}

Result<std::optional<Staged>> stage_copy(Rooted& root, std::string_view from, const Entry& wanted,
                                         const std::string& name, const Wait& wait) {
  LIBRE_TRY(auto copy, Incoming::open(root, name));
  if (copy.size() > 0) LIBRE_CHECK(copy.restart());
  const auto old = root.open_file(from);
  if (!old && old.error().code != Errc::not_found) return old.error();
  bool right = old.has_value();
  if (right) {
    LIBRE_TRY(right, copy.add_from(old->get(), 0, wanted.size, wait));
    LIBRE_CHECK(copy.settle());
  }
  if (!right || !copy.is_intact() || copy.digest() != wanted.digest) {
    LIBRE_CHECK(root.remove_file(copy.path()));
    return std::nullopt;
  }
  LIBRE_CHECK(copy.make_durable());
  LIBRE_CHECK(root.set_attributes(copy.path(), wanted.executable, wanted.mtime_ns));
  LIBRE_TRY(const auto found, root.look(copy.path()));
  if (!found) return std::nullopt;
  copy.keep();
  return Staged{copy.path(), found->stamp};
}

Result<std::optional<Staged>> stage_move(Rooted& root, std::string_view from, const Stamp& planned,
                                         const Entry& wanted, const std::string& name,
                                         const Wait& wait) {
  const auto file = root.open_file(from);
  if (!file || file->stamp != planned) return std::nullopt;
  const auto staged = in_staging(name);
  LIBRE_CHECK(root.make_directory(staging_directory));
  LIBRE_CHECK(root.remove_file(staged));  // what an interrupted transfer left of it
  const auto moved = root.rename_to_new(from, staged);
  if (!moved) return stage_copy(root, from, wanted, name, wait);
  LIBRE_TRY(auto found, root.look(staged));
  if (!*moved || !found || found->stamp.inode != planned.inode) {
    if (*moved) (void)root.rename_to_new(staged, from);  // somebody put another one there just now
    return std::nullopt;
  }
  LIBRE_CHECK(root.set_attributes(file->get(), staged, wanted.executable, wanted.mtime_ns));
  LIBRE_TRY(found, root.look(staged));
  if (!found) return std::nullopt;
  return Staged{staged, found->stamp};
}

}  // namespace libre::sync
