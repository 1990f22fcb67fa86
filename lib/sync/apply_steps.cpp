#include "sync/apply_steps.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/random.hpp"
#include "sync/aside.hpp"

namespace libre::sync {

Result<void> ApplySteps::step(const Action& action) {
  switch (action.kind) {
    case Action::Kind::remove:
      return remove(action);
    case Action::Kind::remove_dir:
      return remove_dir(action);
    case Action::Kind::keep_aside:
      return put_aside(action.path, false);
    case Action::Kind::make_dir:
      return make_dir(action);
    case Action::Kind::link:
      return make_link(action);
    case Action::Kind::attributes:
      return attributes(action);
    case Action::Kind::left_alone:
      note(SyncNote::Kind::left_alone, action.path, "it was changed there since it was sent");
      return journal_.forget(action.path);
    case Action::Kind::forget:
      return journal_.forget(action.path);
    case Action::Kind::content:
      break;
  }
  return {};
}

Result<void> ApplySteps::remove(const Action& action) {
  LIBRE_TRY(const auto there, root_.look(action.path));
  const bool moved = moved_.contains(action.path) && !there;
  if (!moved && !is_as_planned(action.path, there)) {
    note(SyncNote::Kind::left_alone, action.path, "it was changed there since it was sent");
    return journal_.forget(action.path);
  }
  LIBRE_CHECK(root_.remove_file(action.path));
  ++applied_.deleted;
  note(SyncNote::Kind::deleted, action.path, {});
  return journal_.forget(action.path);
}

Result<void> ApplySteps::remove_dir(const Action& action) {
  LIBRE_TRY(const bool gone, root_.remove_directory(action.path));
  // Not empty: somebody else's files are in it. It stays ours, to be removed when they are gone.
  return gone ? journal_.forget(action.path) : Result<void>();
}

Result<void> ApplySteps::make_dir(const Action& action) {
  LIBRE_TRY(const auto there, root_.look(action.path));
  if (there && there->kind == FoundKind::directory) return {};
  if (there) LIBRE_CHECK(put_aside(action.path, false));
  LIBRE_CHECK(journal_.put(action.path, own_directory()));
  return root_.make_directory(action.path);
}

Placed ApplySteps::own_directory() const {
  return {.kind = EntryKind::directory, .by_push = work_.partial};
}

Result<void> ApplySteps::make_link(const Action& action) {
  const Entry& entry = work_.wanted[action.index];
  LIBRE_CHECK(clear_way(action));
  const std::string temporary = std::string(staging_directory) + "/link-" + random_id(8);
  LIBRE_CHECK(root_.make_directory(staging_directory));
  LIBRE_CHECK(root_.make_link(entry.target.str(), temporary));
  LIBRE_CHECK(root_.rename(temporary, action.path));
  sent_.push_back(action.index);
  return remember(entry);
}

Result<void> ApplySteps::attributes(const Action& action) {
  const Entry& entry = work_.wanted[action.index];
  LIBRE_TRY(const bool same, is_as_planned(action.path));
  if (!same) return {};  // the next sync looks at it again
  if (entry.kind == EntryKind::file)
    LIBRE_CHECK(root_.set_attributes(action.path, entry.executable, entry.mtime_ns));
  return remember(entry);
}

Result<void> ApplySteps::put_in_place(const Action& action, const std::string& staged) {
  LIBRE_CHECK(move_there(action, staged));
  return remember(work_.wanted[action.index]);
}

Result<void> ApplySteps::put_in_place(const Action& action, const std::string& staged, int file) {
  const Entry& entry = work_.wanted[action.index];
  LIBRE_CHECK(move_there(action, staged));
  struct stat status {};
  if (::fstat(file, &status) != 0)
    return system_error("cannot look at " + root_.shown(action.path), errno);
  const bool is_executable = (status.st_mode & S_IXUSR) != 0;
  if (is_executable == entry.executable) return remember(entry, stamp_of(status));
  // An odd umask, or an access list of the directory.
  LIBRE_CHECK(root_.set_attributes(file, action.path, entry.executable, entry.mtime_ns));
  return remember(entry);
}

Result<void> ApplySteps::move_there(const Action& action, const std::string& staged) {
  ++applied_.files;
  sent_.push_back(action.index);
  if (!action.aside_first && !work_.present.contains(action.path)) {
    const auto moved = root_.rename_to_new(staged, action.path);
    if (moved && *moved) return {};
  }
  LIBRE_CHECK(clear_way(action));
  return root_.rename(staged, action.path);
}

Result<void> ApplySteps::reject(const Action& action, bool was_reused) {
  if (was_reused) ++applied_.wrong;
  note(SyncNote::Kind::vanished, action.path,
       was_reused ? "what it was to be made of over there has changed; the old one stays until the "
                    "next sync"
                  : "it changed while it was read; the old one stays until the next sync");
  return drop_intent(action.path);
}

Result<void> ApplySteps::drop_intent(const SharedText& path) {
  const auto* old = journal_.find(path);
  if (!old || !old->pending) return {};
  if (old->only_pending) return journal_.forget(path);
  Placed placed = *old;
  placed.pending.reset();
  return journal_.put(path, std::move(placed));
}

Result<void> ApplySteps::remember(const Entry& entry) {
  LIBRE_TRY(const auto there, root_.look(entry.path));
  return there ? remember(entry, there->stamp) : Result<void>();
}

Result<void> ApplySteps::remember(const Entry& entry, const Stamp& stamp) {
  const auto* old = journal_.find(entry.path);
  const bool known_to_sync = old && !old->by_push;
  return journal_.put(entry.path, Placed{.kind = entry.kind,
                                         .by_push = work_.partial && !known_to_sync,
                                         .size = entry.size,
                                         .digest = entry.digest,
                                         .target = entry.target,
                                         .stamp = stamp});
}

// Nobody touched it since the plan was made.
Result<bool> ApplySteps::is_as_planned(std::string_view path) {
  LIBRE_TRY(const auto there, root_.look(path));
  return is_as_planned(path, there);
}
bool ApplySteps::is_as_planned(std::string_view path, const std::optional<Found>& there) const {
  const auto planned = work_.present.find(path);
  if (!there || planned == work_.present.end()) return !there && planned == work_.present.end();
  return there->kind == planned->second.kind && there->stamp == planned->second.stamp;
}

// Somebody else's version of what comes now goes aside; ours is simply replaced.
Result<void> ApplySteps::clear_way(const Action& action) {
  LIBRE_TRY(const auto there, root_.look(action.path));
  if (!there) return {};
  const bool theirs = action.aside_first || there->kind == FoundKind::directory;
  return theirs || !is_as_planned(action.path, there) ? put_aside(action.path, true)
                                                      : Result<void>();
}

Result<void> ApplySteps::put_aside(std::string_view path, bool until_replaced) {
  LIBRE_TRY(const auto kept, keep_aside(root_, std::string(path), stamp_, until_replaced));
  note(SyncNote::Kind::kept_aside, path, kept);
  const auto inside = std::string(path) + "/";
  for (auto memory = journal_.manifest().lower_bound(inside);
       memory != journal_.manifest().end() && is_below(memory->first, path);
       memory = journal_.manifest().lower_bound(inside))
    LIBRE_CHECK(journal_.forget(SharedText(memory->first)));
  return {};
}

void ApplySteps::note(SyncNote::Kind kind, std::string_view path, std::string detail) {
  applied_.notes.push_back({kind, std::string(path), std::move(detail)});
}

Applied ApplySteps::done() {
  applied_.notes.reserve(applied_.notes.size() + sent_.size());
  for (const auto index : sent_) note(SyncNote::Kind::sent, work_.wanted[index].path, {});
  return std::move(applied_);
}

}  // namespace libre::sync
