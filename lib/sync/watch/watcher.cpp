#include "sync/watch/watcher.hpp"

#include <poll.h>

#include "sync/observe.hpp"
#include "sync/rooted.hpp"
#include "sync/select.hpp"

namespace libre::sync {
namespace {

constexpr std::chrono::seconds poll_interval{2};

using Clock = std::chrono::steady_clock;

Deadline until(Clock::time_point time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
  return Deadline::after(std::max(left, std::chrono::milliseconds(0)));
}

}  // namespace

Result<std::unique_ptr<Watcher>> Watcher::open(const Project& project,
                                               const WatcherOptions& options, Observer* observer,
                                               const Wait& wait) {
  std::unique_ptr<Watcher> watcher(new Watcher(project, options, observer));
  auto inotify = Inotify::open(project.root);
  if (inotify)
    watcher->inotify_ = *std::move(inotify);
  else
    watcher->fall_back_to_polling(inotify.error());
  LIBRE_CHECK(watcher->look(wait));
  watcher->changed_ = false;
  return watcher;
}

Result<void> Watcher::wait_for_change(const Wait& wait) {
  for (;;) {
    if (debounce_.is_over(Clock::now())) {
      if (stale_) LIBRE_CHECK(look(wait));
      debounce_.reset();
      if (std::exchange(changed_, false)) return {};
    }
    LIBRE_CHECK(inotify_ ? wait_for_signs(wait) : poll(wait));
  }
}

Result<void> Watcher::follow(const Project& project, const Wait& wait) {
  const bool before = changed_;
  project_ = project;
  LIBRE_CHECK(look(wait));
  changed_ = before;
  return {};
}

Result<void> Watcher::wait_for_signs(const Wait& wait) {
  const auto due = debounce_.due();
  const Wait shorter{due ? wait.deadline.or_earlier(until(*due)) : wait.deadline, wait.waker};
  if (auto waited = wait_for(inotify_->fd(), POLLIN, shorter); !waited) {
    const bool is_due = waited.error().code == Errc::timed_out && !wait.deadline.passed();
    return is_due ? Result<void>() : waited;
  }
  bool look_now = false;
  for (const auto& sign : inotify_->take()) {
    const auto meaning = meaning_of(sign, last_.paths);
    if (meaning.changed || meaning.look) debounce_.changed(Clock::now());
    changed_ = changed_ || meaning.changed;
    stale_ = stale_ || meaning.look;
    look_now = look_now || meaning.at_once;
  }
  // More signs gather while we look, so that many new directories take few looks.
  return look_now ? look(wait) : Result<void>();
}

Result<void> Watcher::poll(const Wait& wait) {
  const auto due = debounce_.due();
  const auto next = until(due.value_or(next_poll_));
  const auto waited = wait_for(-1, 0, {wait.deadline.or_earlier(next), wait.waker});
  if (!waited && (waited.error().code != Errc::timed_out || wait.deadline.passed())) return waited;
  const bool before = std::exchange(changed_, false);
  const auto looked = look(wait);
  if (changed_) debounce_.changed(Clock::now());
  changed_ = changed_ || before;
  return looked;
}

Result<void> Watcher::look(const Wait& wait) {
  // Half a look is worth nothing, so that it may take longer than the deadline.
  LIBRE_TRY(auto now, walk({.waker = wait.waker}));
  next_poll_ = Clock::now() + poll_interval;
  changed_ = changed_ || now != last_;
  last_ = std::move(now);
  stale_ = false;
  return {};
}

Result<Watcher::Look> Watcher::walk(const Wait& wait) {
  Result<void> watched;
  const auto watch = [&](const std::string& path) {
    if (inotify_ && watched) watched = inotify_->watch(path);
  };
  if (inotify_) inotify_->begin_round();
  watch(".recompute");
  LIBRE_TRY(auto selection, select_files(project_, wait, watch));
  if (!watched) fall_back_to_polling(watched.error());
  if (inotify_) inotify_->end_round();
  Look look{std::move(selection.paths), std::move(selection.empty_directories)};
  if (!inotify_) LIBRE_CHECK(add_stamps(look, wait));
  return look;
}

Result<void> Watcher::add_stamps(Look& look, const Wait& wait) const {
  LIBRE_TRY(auto root, Rooted::open(project_.root));
  for (const auto& path : look.paths) {
    LIBRE_CHECK(still_wanted(wait));
    const auto found = root.look(path);
    look.stamps.push_back(found && *found ? std::optional((*found)->stamp) : std::nullopt);
  }
  return {};
}

void Watcher::fall_back_to_polling(const Error& reason) {
  inotify_.reset();
  if (observer_)
    observer_->notice(reason.message + " (" + reason.cause +
                      "), so the files are looked at every 2 s; " + reason.hint);
}

}  // namespace libre::sync
