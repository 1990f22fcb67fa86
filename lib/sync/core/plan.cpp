#include "sync/core/plan.hpp"

#include <algorithm>
#include <set>

namespace libre::sync {
namespace {

using Kind = Action::Kind;

class Planner {
 public:
  Planner(const Tree& wanted, const Manifest& manifest, const Present& present, bool partial)
      : wanted_(wanted), manifest_(manifest), present_(present), partial_(partial) {
    std::string_view last;  // most entries lie in the same directory as the one before
    for (const auto& entry : wanted_.entries()) {
      has_unknown_ = has_unknown_ || entry.kind == EntryKind::unknown;
      if (entry.kind == EntryKind::directory) directories_.emplace(entry.path);
      auto parent = parent_of(entry.path);
      if (parent == last) continue;
      last = parent;
      for (; !parent.empty(); parent = parent_of(parent))
        if (!directories_.emplace(parent).second) break;
    }
  }

  std::vector<Action> make() {
    // Deletes first, deepest paths first: they make room, and they clear directories that files will
    // replace. What is inside a directory that goes aside as a whole needs no action of its own.
    for (const auto& directory : directories_) clear_for_directory(directory);
    Ascending there(present_);
    for (const auto& entry : wanted_.entries())
      if (entry.kind == EntryKind::file || entry.kind == EntryKind::symlink)
        if (const auto* found = there.find(entry.path);
            found && found->kind == FoundKind::directory)
          clear_directory_at(entry.path);
    if (!partial_) plan_deletes();
    std::vector<Action> actions = std::move(deletes_);
    std::sort(actions.begin(), actions.end(),
              [](const Action& a, const Action& b) { return a.path > b.path; });
    actions.insert(actions.end(), asides_.begin(), asides_.end());
    for (const auto& directory : directories_) plan_directory(directory, actions);
    plan_entries(actions);
    return actions;
  }

 private:
  const Placed* placed(std::string_view path) const {
    const auto found = manifest_.find(path);
    return found == manifest_.end() ? nullptr : &found->second;
  }
  const Found* found(std::string_view path) const {
    const auto found = present_.find(path);
    return found == present_.end() ? nullptr : &found->second;
  }
  bool ours(std::string_view path, const Found& there) const {
    const auto* memory = placed(path);
    return memory && is_ours(*memory, there);
  }
  bool inside_aside(std::string_view path) const {
    if (cleared_.empty()) return false;
    for (; !path.empty(); path = parent_of(path))
      if (cleared_.contains(path)) return true;
    return false;
  }
  // Could not be read here, so nothing may be concluded from its absence.
  bool is_unknown(std::string_view path) const {
    if (!has_unknown_) return false;
    for (; !path.empty(); path = parent_of(path))
      if (const auto* entry = wanted_.find(path); entry && entry->kind == EntryKind::unknown)
        return true;
    return false;
  }

  // Something that is no directory lies where one must be.
  void clear_for_directory(const SharedText& path) {
    const auto* there = found(path);
    if (!there || there->kind == FoundKind::directory) return;
    if (ours(path, *there))
      deletes_.push_back({.kind = Kind::remove, .path = path});
    else
      asides_.push_back({.kind = Kind::keep_aside, .path = path});
    cleared_.insert(path);
  }

  // A directory lies where a file or a link must be: it is emptied if all of it is ours, otherwise
  // it goes aside as a whole.
  void clear_directory_at(const SharedText& path) {
    bool all_ours = true;
    std::vector<Action> inside{{.kind = Kind::remove_dir, .path = path}};
    for (auto inner = present_.lower_bound(path.str() + "/");
         inner != present_.end() && is_below(inner->first, path); ++inner) {
      const bool directory = inner->second.kind == FoundKind::directory;
      // A directory without a memory was implied by our files in it, or is somebody's empty one,
      // which holds nothing to lose.
      all_ours = all_ours && (directory || ours(inner->first, inner->second));
      inside.push_back({.kind = directory ? Kind::remove_dir : Kind::remove, .path = inner->first});
    }
    if (all_ours)
      deletes_.insert(deletes_.end(), inside.begin(), inside.end());
    else
      asides_.push_back({.kind = Kind::keep_aside, .path = path});
    cleared_.insert(path);
  }

  void plan_deletes() {
    auto entry = wanted_.entries().begin();
    for (const auto& [path, memory] : manifest_) {
      while (entry != wanted_.entries().end() && entry->path < path) ++entry;
      const bool is_wanted = entry != wanted_.entries().end() && entry->path == path;
      if (is_wanted && entry->kind != EntryKind::directory) continue;
      if (memory.by_push || is_unknown(path) || inside_aside(path)) continue;
      if (directories_.contains(path)) continue;
      plan_delete(path, memory);
    }
  }

  void plan_delete(const SharedText& path, const Placed& memory) {
    const auto* there = found(path);
    if (!there) {
      deletes_.push_back({.kind = Kind::forget, .path = path});
      return;
    }
    if (memory.kind == EntryKind::directory && there->kind == FoundKind::directory) {
      deletes_.push_back({.kind = Kind::remove_dir, .path = path});
      return;
    }
    deletes_.push_back(
        {.kind = is_ours(memory, *there) ? Kind::remove : Kind::left_alone, .path = path});
  }

  void plan_directory(const SharedText& path, std::vector<Action>& actions) const {
    const auto* there = found(path);
    const bool stands = there && there->kind == FoundKind::directory && !inside_aside(path);
    if (!stands) actions.push_back({.kind = Kind::make_dir, .path = path});
  }

  void plan_entries(std::vector<Action>& actions) const {
    Ascending there(present_);
    Ascending memory(manifest_);
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const Entry& entry = wanted_[i];
      if (entry.kind != EntryKind::file && entry.kind != EntryKind::symlink) continue;
      const auto* found = there.find(entry.path);
      plan_entry(i, inside_aside(entry.path) ? nullptr : found, memory.find(entry.path), actions);
    }
  }

  void plan_entry(std::size_t index, const Found* there, const Placed* memory,
                  std::vector<Action>& actions) const {
    const Entry& entry = wanted_[index];
    Action action{.kind = entry.kind == EntryKind::file ? Kind::content : Kind::link,
                  .path = entry.path,
                  .index = index};
    if (there && has_content(entry, *there, memory)) {
      const bool remembered = memory && !memory->pending && (partial_ || !memory->by_push) &&
                              is_remembered(entry, *there, *memory);
      if (remembered && has_attributes(entry, *there)) return;
      action.kind = Kind::attributes;
    } else if (there) {
      action.aside_first = !ours(entry.path, *there);
    }
    actions.push_back(std::move(action));
  }

  static bool has_content(const Entry& entry, const Found& there, const Placed* memory) {
    if (entry.kind == EntryKind::symlink)
      return there.kind == FoundKind::symlink && there.target == entry.target;
    if (there.kind != FoundKind::file || there.stamp.size != entry.size) return false;
    if (there.digest) return *there.digest == entry.digest;
    return memory && !memory->only_pending && memory->kind == EntryKind::file &&
           memory->stamp.inode != 0 && memory->stamp == there.stamp &&
           memory->digest == entry.digest;
  }

  static bool is_remembered(const Entry& entry, const Found& there, const Placed& memory) {
    if (entry.kind == EntryKind::symlink)
      return memory.kind == EntryKind::symlink && memory.target == there.target;
    return memory.kind == EntryKind::file && memory.stamp == there.stamp &&
           memory.digest == entry.digest;
  }

  static bool has_attributes(const Entry& entry, const Found& there) {
    if (entry.kind == EntryKind::symlink) return true;
    return entry.executable == there.executable && entry.mtime_ns == there.stamp.mtime_ns;
  }

  const Tree& wanted_;
  const Manifest& manifest_;
  const Present& present_;
  bool partial_;
  bool has_unknown_ = false;
  std::set<SharedText, std::less<>> directories_;  // wanted ones, implied ones too
  std::set<SharedText, std::less<>> cleared_;  // what lies there now will not when its turn comes
  std::vector<Action> deletes_, asides_;
};

}  // namespace

bool is_ours(const Placed& placed, const Found& found) {
  if (placed.kind == EntryKind::symlink && found.kind == FoundKind::symlink)
    return !placed.only_pending && placed.target == found.target;
  if (found.kind != FoundKind::file) return false;
  if (!placed.only_pending && placed.kind == EntryKind::file) {
    if (placed.stamp.inode != 0 && placed.stamp == found.stamp && !found.digest) return true;
    if (found.digest && found.stamp.size == placed.size && *found.digest == placed.digest)
      return true;
  }
  return placed.pending && found.digest && found.stamp.size == placed.pending_size &&
         *found.digest == *placed.pending;
}

bool needs_digest(const Entry* wanted, const Placed* placed, const Found& found, bool force) {
  if (found.kind != FoundKind::file) return false;
  const bool file_wanted = wanted && wanted->kind == EntryKind::file;
  const bool known = placed && !placed->only_pending && placed->kind == EntryKind::file &&
                     placed->stamp.inode != 0 && placed->stamp == found.stamp;
  if (known && !force) return false;
  if (file_wanted && wanted->size == found.stamp.size) return true;
  if (!placed) return false;
  if (!placed->only_pending && placed->kind == EntryKind::file && placed->size == found.stamp.size)
    return true;
  return placed->pending && placed->pending_size == found.stamp.size;
}

std::vector<Action> make_plan(const Tree& wanted, const Manifest& manifest, const Present& present,
                              const PlanOptions& options) {
  return Planner(wanted, manifest, present, options.partial).make();
}

std::optional<std::string> link_in_the_way(const std::vector<Action>& actions,
                                           const Present& present) {
  for (const auto& action : actions) {
    if (action.kind != Action::Kind::keep_aside) continue;
    const auto there = present.find(action.path);
    if (there != present.end() && there->second.kind == FoundKind::symlink)
      return action.path.str();
  }
  return std::nullopt;
}

}  // namespace libre::sync
