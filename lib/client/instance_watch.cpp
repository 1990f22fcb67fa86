// Instance::watch: a sync, and another one whenever something has changed.
#include "client/instance_state.hpp"
#include "client/mirror_place.hpp"
#include "client/reconnect.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"
#include "sync/watch/watcher.hpp"

namespace libre {
namespace {

using client::Link;

// An idle connection is asked for a sign of life this often, so that routers do not forget it, and so
// that a broken one is found before the next change, which then need not wait.
constexpr std::chrono::seconds pulse_interval{15};
constexpr std::chrono::seconds pulse_limit{10};

class Watch {
 public:
  using Synced = std::function<Result<void>(const SyncReport&)>;
  Watch(Link& link, Project project, const WatchOptions& options, const Synced& synced)
      : link_(link), project_(std::move(project)), options_(options), synced_(synced) {}

  Result<void> run() {
    LIBRE_TRY(watcher_, sync::Watcher::open(project_, {options_.quiet, options_.longest},
                                            link_.options().observer, link_.wait_forever()));
    LIBRE_CHECK(bring(link_.question_patience()));
    for (;;) {
      const auto waited = wait_for_work();
      if (!waited && waited.error().code == Errc::interrupted && !watcher_->is_pending()) return {};
      LIBRE_CHECK(waited);
      LIBRE_CHECK(bring(link_.stream_patience()));
    }
  }

 private:
  // Returns when there is something to bring, or a broken connection to open again.
  Result<void> wait_for_work() {
    for (;;) {
      auto waited = watcher_->wait_for_change(link_.wait(pulse_interval));
      if (waited || waited.error().code != Errc::timed_out) return waited;
      const auto alive = ask_for_sign_of_life();
      if (alive) continue;
      if (alive.error().code == Errc::interrupted) return alive;
      return {};  // the sync will find it broken
    }
  }

  Result<void> ask_for_sign_of_life() {
    LIBRE_TRY(rpc::Connection * connection, link_.shared());
    const auto wait = link_.wait(pulse_limit);
    const auto call = connection->send("agent.facts", {}, wait);
    const auto answer =
        call ? connection->wait_reply(*call, wait) : Result<rpc::Reply>(call.error());
    if (answer) return {};
    if (answer.error().code != Errc::interrupted) lost(answer.error());
    return answer.error();
  }

  // One sync, over as many connections as it takes.
  Result<void> bring(Link::Patience patience) {
    LIBRE_CHECK(follow_configuration());
    client::Reconnect reconnect(patience, link_.options().observer);
    for (;;) {
      const auto report = sync_once();
      if (report) return synced_ ? synced_(*report) : Result<void>();
      if (client::may_heal(report.error().code)) lost(report.error());
      LIBRE_CHECK(reconnect.pause(report.error(), link_.stop().stop_waker()));
    }
  }

  Result<SyncReport> sync_once() {
    LIBRE_TRY(rpc::Connection * connection, link_.shared());
    sync::RemoteEndpoint endpoint(*connection);
    return sync::sync_project(project_, endpoint, client::mirror_of(project_, link_.instance()),
                              link_.instance().describe(), {}, link_.options().observer,
                              link_.wait_forever());
  }

  void lost(const Error& failure) {
    if (options_.disconnected) options_.disconnected(failure);
    link_.drop();
  }

  // `select` may have been edited; where the project is, and its mirror, stays as it was.
  Result<void> follow_configuration() {
    const auto fresh = find_project(project_.root);
    if (!fresh || fresh->id != project_.id || fresh->select == project_.select) return {};
    project_.select = fresh->select;
    return watcher_->follow(project_, link_.wait_forever());
  }

  Link& link_;
  Project project_;
  const WatchOptions& options_;
  const Synced& synced_;
  std::unique_ptr<sync::Watcher> watcher_;
};

}  // namespace

Result<void> Instance::watch(const Project& project, const WatchOptions& options,
                             const std::function<Result<void>(const SyncReport&)>& synced) {
  Link& link = *state_->link;
  if (link.is_in_place(project))
    return Error{Errc::usage, "there is nothing to watch for: the project runs in place",
                 "its mirror on the instance local is " + project.root.string() + " itself"};
  return Watch(link, project, options, synced).run();
}

}  // namespace libre
