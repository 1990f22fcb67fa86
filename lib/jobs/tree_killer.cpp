#include "jobs/tree_killer.hpp"

#include <signal.h>
#include <unistd.h>

#include "jobs/process_tree.hpp"

namespace libre::jobs {
namespace {

constexpr std::chrono::milliseconds hunt{10};  // in each wave

}  // namespace

void TreeKiller::begin(std::chrono::milliseconds grace) {
  const bool first = !active_;
  const auto until = Deadline::after(grace);
  active_ = true;
  gentle_until_ = first ? until : gentle_until_.or_earlier(until);
  const auto patience = Deadline::after(grace + std::chrono::seconds(10));
  patience_ = first ? patience : patience_.or_earlier(patience);
  next_ = gentle_until_;
  const auto tree = own_tree();
  for (const int signal : {SIGTERM, SIGCONT})
    for (const pid_t pid : tree) ::kill(pid, signal);
  seen_.insert(tree.begin(), tree.end());
}

void TreeKiller::kill_wave() {
  const auto tree = own_tree();
  for (const pid_t pid : tree) ::kill(pid, SIGKILL);
  seen_.insert(tree.begin(), tree.end());
  // Processes that fork and exit all the time are gone before a walk through /proc meets them: they are
  // met only by who looks again at once, and at their children, too, for on a busy machine the killed one
  // may take long to die and leave its child to us.
  for (const auto until = Deadline::after(hunt); !until.passed();) {
    const auto left = own_tree_now();
    if (left.empty()) break;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
  }
}

void TreeKiller::act() {
  if (!active_ || !next_.passed()) return;
  kill_wave();
  next_ = Deadline::after(std::chrono::milliseconds(is_stuck() ? 1000 : 10));
}

}  // namespace libre::jobs
