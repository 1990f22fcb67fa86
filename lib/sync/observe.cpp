#include "sync/observe.hpp"

#include <set>

namespace libre::sync {
namespace {

class Observation {
 public:
  Observation(Rooted& root, const Tree& wanted, const Manifest& manifest, bool force,
              const Wait& wait)
      : root_(root), wanted_(wanted), manifest_(manifest), force_(force), wait_(wait) {}

  Result<Present> make() {
    auto entry = wanted_.entries().begin();
    auto memory = manifest_.begin();
    NowAndThen pause(wait_);
    while (entry != wanted_.entries().end() || memory != manifest_.end()) {
      LIBRE_CHECK(pause.still_wanted());
      const bool has_entry = entry != wanted_.entries().end(),
                 has_memory = memory != manifest_.end();
      const bool both = has_entry && has_memory && entry->path == memory->first;
      if (both || !has_memory || (has_entry && entry->path < memory->first)) {
        LIBRE_CHECK(visit(entry->path, &*entry, both ? &memory->second : nullptr));
        ++entry;
        if (both) ++memory;
      } else {
        LIBRE_CHECK(visit(memory->first, nullptr, &memory->second));
        ++memory;
      }
    }
    return std::move(present_);
  }

 private:
  // Looks at a path, its parents first; below what is no directory there is nothing.
  Result<void> visit(const std::string& path, const Entry* entry, const Placed* memory) {
    LIBRE_TRY(const bool reachable, enter(parent_of(path)));
    if (!reachable || seen_.contains(path)) return {};
    return look(path, entry, memory);
  }

  // Is there a directory? Looked at where nobody has done so yet.
  Result<bool> enter(std::string_view directory) {
    if (directory.empty()) return true;
    if (directory == last_directory_) return last_is_there_;
    LIBRE_TRY(const bool reachable, enter(parent_of(directory)));
    auto known = present_.find(directory);
    if (reachable && known == present_.end()) {
      const std::string path(directory);
      const auto memory = manifest_.find(path);
      LIBRE_CHECK(
          look(path, wanted_.find(path), memory == manifest_.end() ? nullptr : &memory->second));
      known = present_.find(directory);
    }
    last_directory_ = directory;
    last_is_there_ =
        reachable && known != present_.end() && known->second.kind == FoundKind::directory;
    return last_is_there_;
  }

  Result<void> look(const std::string& path, const Entry* entry, const Placed* memory) {
    LIBRE_TRY(auto found, root_.look(path));
    if (!found) return {};
    if (needs_digest(entry, memory, *found, force_)) {
      LIBRE_CHECK(still_wanted(wait_));  // reading takes its time
      LIBRE_CHECK(read_content(path, *found));
    }
    const bool in_the_way = found->kind == FoundKind::directory && entry &&
                            (entry->kind == EntryKind::file || entry->kind == EntryKind::symlink);
    present_.insert_or_assign(present_.end(), path, *std::move(found));
    return in_the_way ? look_inside(path) : Result<void>();
  }

  Result<void> look_inside(const std::string& directory) {
    LIBRE_TRY(const auto names, root_.list(directory));
    for (const auto& name : names) {
      const auto path = directory + "/" + name;
      if (!is_valid_path(path))
        continue;  // too long for us: found when the directory cannot be emptied
      seen_.insert(path);
      const auto memory = manifest_.find(path);
      LIBRE_CHECK(
          look(path, wanted_.find(path), memory == manifest_.end() ? nullptr : &memory->second));
      const auto inner = present_.find(path);
      if (inner != present_.end() && inner->second.kind == FoundKind::directory)
        LIBRE_CHECK(look_inside(path));
    }
    return {};
  }

  // A file that cannot be read has no digest, so it counts as changed.
  Result<void> read_content(const std::string& path, Found& found) {
    const auto fd = root_.open_file(path);
    if (!fd) return {};
    if (auto digest = digest_of_file(fd->get())) found.digest = *digest;
    return {};
  }

  Rooted& root_;
  const Tree& wanted_;
  const Manifest& manifest_;
  bool force_;
  const Wait& wait_;
  Present present_;
  std::set<std::string> seen_;  // inside of directories that are in the way
  std::string last_directory_;  // of enter(): paths come sorted
  bool last_is_there_ = false;
};

}  // namespace

Result<void> still_wanted(const Wait& wait) {
  if (wait.waker && wait.waker->notified()) return Error{Errc::interrupted, "interrupted"};
  if (wait.deadline.passed()) return Error{Errc::timed_out, "timed out"};
  return {};
}

Result<Present> observe(Rooted& root, const Tree& wanted, const Manifest& manifest, bool force,
                        const Wait& wait) {
  return Observation(root, wanted, manifest, force, wait).make();
}

}  // namespace libre::sync
