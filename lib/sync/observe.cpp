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
    while (entry != wanted_.entries().end() || memory != manifest_.end()) {
      LIBRE_CHECK(still_wanted(wait_));
      const bool from_memory = entry == wanted_.entries().end() ||
                               (memory != manifest_.end() && memory->first < entry->path);
      if (from_memory) {
        LIBRE_CHECK(visit(memory++->first));
      } else {
        LIBRE_CHECK(visit(entry++->path));
      }
    }
    return std::move(present_);
  }

 private:
  // Looks at a path, its parents first; below what is no directory there is nothing.
  Result<void> visit(const std::string& path) {
    if (visited_.contains(path)) return {};
    const std::string parent(parent_of(path));
    if (!parent.empty()) {
      LIBRE_CHECK(visit(parent));
      const auto above = present_.find(parent);
      if (above == present_.end() || above->second.kind != FoundKind::directory) return {};
    }
    visited_.insert(path);
    return look(path);
  }

  Result<void> look(const std::string& path) {
    LIBRE_TRY(auto found, root_.look(path));
    if (!found) return {};
    const Entry* entry = wanted_.find(path);
    const auto memory = manifest_.find(path);
    if (needs_digest(entry, memory == manifest_.end() ? nullptr : &memory->second, *found, force_))
      LIBRE_CHECK(read_content(path, *found));
    const bool in_the_way = found->kind == FoundKind::directory && entry &&
                            (entry->kind == EntryKind::file || entry->kind == EntryKind::symlink);
    present_[path] = std::move(*found);
    return in_the_way ? look_inside(path) : Result<void>();
  }

  Result<void> look_inside(const std::string& directory) {
    LIBRE_TRY(const auto names, root_.list(directory));
    for (const auto& name : names) {
      const auto path = directory + "/" + name;
      if (!is_valid_path(path))
        continue;  // too long for us: found when the directory cannot be emptied
      visited_.insert(path);
      LIBRE_CHECK(look(path));
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
  std::set<std::string> visited_;
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
