// Waits for the selected files of a project to change, so that somebody can sync them.
//
//   auto watcher = Watcher::open(project, {}, observer, wait);
//   for (;;) {
//     sync();
//     LIBRE_CHECK(watcher->wait_for_change(wait));
//   }
//
// Watched are the directories that the selection enters, and no other: what is ignored costs nothing.
// Each look at the project (select.hpp) says anew which these are, and watches a directory before it
// lists it, so that no file falls between. A burst of changes (an editor's temporary file and rename, a
// checkout of a thousand files) is one change; what a sync writes itself is none.
//
// Where the kernel has no watch left to give, the observer gets a notice, and from then on the files'
// sizes and times are compared every two seconds.
//
// What lies outside the project is not watched: the git index, .git/info/exclude, .gitignore files above.
// They count from the next change on.
#pragma once
#include <libre/observer.hpp>
#include <libre/project.hpp>

#include <memory>
#include <optional>

#include "base/wait.hpp"
#include "sync/core/plan.hpp"
#include "sync/watch/debounce.hpp"
#include "sync/watch/inotify.hpp"

namespace libre::sync {

struct WatcherOptions {
  std::chrono::milliseconds quiet{150};  // a burst is over when nothing has changed for this long
  std::chrono::milliseconds longest{1000};  // … and at the latest this long after it began
};

// For one thread.
class Watcher {
 public:
  // Looks at the project. Changes count from here on, so open it before the first sync. `observer` is
  // borrowed and may be null. Errors: those of select_files.
  static Result<std::unique_ptr<Watcher>> open(const Project& project,
                                               const WatcherOptions& options, Observer* observer,
                                               const Wait& wait);

  // Blocks until something has changed since it last returned, and the burst is over. After timed_out
  // and interrupted nothing is lost; a look at the project that has begun is finished first, whatever
  // the deadline. Other errors are those of select_files: the project is gone, say.
  Result<void> wait_for_change(const Wait& wait);

  // Something may have changed that wait_for_change() has not returned for.
  bool is_pending() const { return changed_ || debounce_.due().has_value(); }

  // From now on the selection is this one's; for a project whose configuration was read again. Call it
  // right before a sync: what it finds to be another is no change to be told any more.
  Result<void> follow(const Project& project, const Wait& wait);

 private:
  struct Look {
    std::vector<std::string> paths{}, empty_directories{};
    std::vector<std::optional<Stamp>> stamps{};  // of the paths; only while we poll
    bool operator==(const Look&) const = default;
  };

  Watcher(const Project& project, const WatcherOptions& options, Observer* observer)
      : project_(project), observer_(observer), debounce_(options.quiet, options.longest) {}
  Result<void> look(const Wait& wait);
  Result<Look> walk(const Wait& wait);
  Result<void> add_stamps(Look& look, const Wait& wait) const;
  Result<void> wait_for_signs(const Wait& wait);
  Result<void> poll(const Wait& wait);
  void fall_back_to_polling(const Error& reason);

  Project project_;
  Observer* observer_;
  Debounce debounce_;
  std::optional<Inotify> inotify_;  // none: we poll
  Debounce::Time next_poll_{};
  Look last_;
  bool stale_ = false;    // last_ may not be what is selected now
  bool changed_ = false;  // something selected is not as it was
};

}  // namespace libre::sync
