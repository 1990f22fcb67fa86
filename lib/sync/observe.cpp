#include "sync/observe.hpp"

#include <set>
#include <vector>

#include "base/parallel.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t steps_at_once = 4096;  // whose results are held at a time
constexpr std::size_t steps_of_a_run = 256;

class Observation {
 public:
  Observation(Rooted& root, const Tree& wanted, const Manifest& manifest, bool force,
              const Wait& wait, Present present = {})
      : root_(root),
        wanted_(wanted),
        manifest_(manifest),
        force_(force),
        wait_(wait),
        present_(std::move(present)) {}

  Result<Present> make() {
    auto entry = wanted_.entries().begin();
    auto memory = manifest_.begin();
    std::vector<Step> steps;
    while (entry != wanted_.entries().end() || memory != manifest_.end()) {
      steps.clear();
      while (steps.size() < steps_at_once && next_step(entry, memory, steps)) {
      }
      look_ahead(steps);
      LIBRE_CHECK(still_wanted(wait_));
      for (auto& step : steps) LIBRE_CHECK(visit(step));
    }
    return std::move(present_);
  }

  Result<Present> look_again(const std::vector<std::string_view>& paths) {
    NowAndThen pause(wait_);
    for (const auto path : paths) {
      LIBRE_CHECK(pause.still_wanted());
      present_.erase(path);
      LIBRE_TRY(const bool reachable, enter(parent_of(path)));
      if (reachable) LIBRE_CHECK(look(path));
    }
    return std::move(present_);
  }

 private:
  // A path to look at, and what is wanted and remembered of it.
  struct Step {
    SharedText path;
    const Entry* entry;
    const Placed* memory;
    Result<std::optional<Found>> found = std::optional<Found>();
  };

  bool next_step(std::vector<Entry>::const_iterator& entry, Manifest::const_iterator& memory,
                 std::vector<Step>& steps) const {
    const bool has_entry = entry != wanted_.entries().end(), has_memory = memory != manifest_.end();
    if (!has_entry && !has_memory) return false;
    const bool both = has_entry && has_memory && entry->path == memory->first;
    const bool is_entry = both || !has_memory || (has_entry && entry->path < memory->first);
    steps.push_back({is_entry ? entry->path : memory->first, is_entry ? &*entry : nullptr,
                     both || !is_entry ? &memory->second : nullptr});
    if (both || !is_entry) ++memory;
    if (is_entry) ++entry;
    return true;
  }

  // Looking takes most of the time, and waits for a disk. What lies behind something that is no directory
  // is not there for Rooted either; it need not be asked for each file in it.
  void look_ahead(std::vector<Step>& steps) const {
    in_parallel(steps.size(), steps_of_a_run, [&] {
      return [&, root = root_.another()](std::size_t begin, std::size_t end) mutable {
        std::string_view directory;
        bool is_there = true;
        for (auto at = begin; at < end; ++at) {
          auto& step = steps[at];
          if (const auto parent = parent_of(step.path); parent != directory) {
            directory = parent;
            is_there = !is_missing(root, directory);
          }
          if (is_there) step.found = found_at(root, step.path, step.entry, step.memory);
        }
      };
    });
  }

  static bool is_missing(Rooted& root, std::string_view directory) {
    if (directory.empty()) return false;
    const auto found = root.look(directory);
    return found && !*found;
  }

  Result<std::optional<Found>> found_at(Rooted& root, std::string_view path, const Entry* entry,
                                        const Placed* memory) const {
    LIBRE_TRY(auto found, root.look(path));
    if (found && needs_digest(entry, memory, *found, force_)) {
      LIBRE_CHECK(still_wanted(wait_));  // reading takes its time
      // A file that cannot be read has no digest, so it counts as changed.
      if (const auto file = root.open_file(path))
        if (auto digest = digest_of_file(file->get(), file->stamp.size)) found->digest = *digest;
    }
    return found;
  }

  // Takes in what lies at a path, its parents first; below what is no directory there is nothing.
  Result<void> visit(Step& step) {
    LIBRE_TRY(const bool reachable, enter(parent_of(step.path)));
    if (!reachable || seen_.contains(step.path)) return {};
    if (!step.found) return std::move(step.found).error();
    return take(step.path, step.entry, *std::move(step.found));
  }

  // Is there a directory? Looked at where nobody has done so yet.
  Result<bool> enter(std::string_view directory) {
    if (directory.empty()) return true;
    if (directory == last_directory_) return last_is_there_;
    LIBRE_TRY(const bool reachable, enter(parent_of(directory)));
    auto known = present_.find(directory);
    if (reachable && known == present_.end()) {
      LIBRE_CHECK(look(directory));
      known = present_.find(directory);
    }
    last_directory_ = directory;
    last_is_there_ =
        reachable && known != present_.end() && known->second.kind == FoundKind::directory;
    return last_is_there_;
  }

  Result<void> look(const SharedText& path) {
    const auto memory = manifest_.find(path);
    const Entry* entry = wanted_.find(path);
    LIBRE_TRY(auto found,
              found_at(root_, path, entry, memory == manifest_.end() ? nullptr : &memory->second));
    return take(path, entry, std::move(found));
  }

  Result<void> take(const SharedText& path, const Entry* entry, std::optional<Found> found) {
    if (!found) return {};
    const bool in_the_way = found->kind == FoundKind::directory && entry &&
                            (entry->kind == EntryKind::file || entry->kind == EntryKind::symlink);
    present_.put(path, *std::move(found));
    return in_the_way ? look_inside(path) : Result<void>();
  }

  Result<void> look_inside(std::string_view directory) {
    LIBRE_TRY(const auto names, root_.list(directory));
    for (const auto& name : names) {
      const auto path = std::string(directory) + "/" + name;
      if (!is_valid_path(path))
        continue;  // too long for us: found when the directory cannot be emptied
      seen_.insert(path);
      LIBRE_CHECK(look(path));
      const auto inner = present_.find(path);
      if (inner != present_.end() && inner->second.kind == FoundKind::directory)
        LIBRE_CHECK(look_inside(path));
    }
    return {};
  }

  Rooted& root_;
  const Tree& wanted_;
  const Manifest& manifest_;
  bool force_;
  const Wait& wait_;
  Present present_;
  std::set<std::string, std::less<>> seen_;  // inside of directories that are in the way
  std::string last_directory_;               // of enter(): paths come sorted
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

Result<Present> observe_changes(Rooted& root, const Tree& wanted, const Manifest& manifest,
                                Present present, const std::vector<std::string_view>& paths,
                                const Wait& wait) {
  return Observation(root, wanted, manifest, false, wait, std::move(present)).look_again(paths);
}

}  // namespace libre::sync
