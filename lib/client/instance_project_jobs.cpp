// The verbs of Instance that start a job in a project's mirror.
#include "client/follow.hpp"
#include "client/instance_state.hpp"
#include "client/mirror_place.hpp"
#include "client/submit_behind.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"

namespace libre {

using client::answer_limit;
using client::mirror_of;
using client::SubmitBehind;

namespace {

// A job that was started, and the open call that follows its log where that was wanted.
struct Started {
  JobInfo job{};
  std::optional<rpc::CallId> log{};
};

Result<Started> finish(SubmitBehind& behind, client::Link& link) {
  LIBRE_TRY(auto job, behind.finish(link.wait(answer_limit)));
  return Started{std::move(job), behind.take_log()};
}

// `spec` is complete. The project does not run in place.
Result<Started> start(client::Link& link, const Project& project, const JobSpec& spec,
                      bool then_follow) {
  const auto mirror = mirror_of(project, link.instance());
  return link.repeat([&](rpc::Connection& connection) -> Result<Started> {
    SubmitBehind behind(connection, spec);
    if (then_follow) behind.then_follow();
    sync::RemoteEndpoint endpoint(connection);
    endpoint.send_behind(
        [&](rpc::CallId find) { return behind.send(find, link.wait(answer_limit)); });
    const auto found = endpoint.find(mirror, link.wait(answer_limit));
    if (!found) behind.give_up();
    LIBRE_CHECK(found);
    return finish(behind, link);
  });
}

Result<Started> sync_and_start(client::Link& link, const Project& project,
                               const SyncOptions& options, const JobSpec& spec, bool then_follow,
                               const std::function<void(const SyncReport&)>& synced) {
  const auto mirror = mirror_of(project, link.instance());
  std::optional<SyncReport> report;
  auto started =
      link.repeat(link.stream_patience(), [&](rpc::Connection& connection) -> Result<Started> {
        SubmitBehind behind(connection, spec);
        if (then_follow) behind.then_follow();
        sync::RemoteEndpoint endpoint(connection);
        endpoint.send_behind(
            [&](rpc::CallId update) { return behind.send(update, link.wait(answer_limit)); });
        auto brought = sync::sync_project(project, endpoint, mirror, link.instance().describe(),
                                          options, link.options().observer, link.wait_forever());
        if (!brought) behind.give_up();
        LIBRE_CHECK(brought);
        report = *std::move(brought);
        return finish(behind, link);
      });
  if (report && synced) synced(*report);
  return started;
}

void complete(JobSpec& spec, const Project& project, const InstanceConfig& instance) {
  client::complete(spec, instance);
  spec.directory = mirror_of(project, instance).path;
}

Error no_dry_run() { return {Errc::usage, "a job cannot be started on a dry run"}; }

}  // namespace

Result<JobInfo> Instance::submit(const Project& project, JobSpec spec) {
  client::Link& link = *state_->link;
  if (link.is_in_place(project)) {
    spec.directory = project.root.string();
    return submit(std::move(spec));
  }
  complete(spec, project, link.instance());
  LIBRE_TRY(auto started, start(link, project, spec, false));
  return std::move(started.job);
}

Result<JobInfo> Instance::sync_and_submit(const Project& project, const SyncOptions& options,
                                          JobSpec spec,
                                          const std::function<void(const SyncReport&)>& synced) {
  client::Link& link = *state_->link;
  if (options.dry_run) return no_dry_run();
  if (link.is_in_place(project)) {
    if (synced) synced({});
    return submit(project, std::move(spec));
  }
  complete(spec, project, link.instance());
  LIBRE_TRY(auto started, sync_and_start(link, project, options, spec, false, synced));
  return std::move(started.job);
}

Result<JobInfo> Instance::run(const Project& project, const std::optional<SyncOptions>& sync,
                              JobSpec spec, const RunOptions& options, const LogSink& sink,
                              const std::function<void(const SyncReport&)>& synced,
                              const std::function<void(const JobInfo&)>& started) {
  client::Link& link = *state_->link;
  if (sync && sync->dry_run) return no_dry_run();
  if (link.is_in_place(project)) {
    if (sync && synced) synced({});
    spec.directory = project.root.string();
    return run(std::move(spec), options, sink, started);
  }
  spec.with_stdin = options.stdin_fd >= 0;
  complete(spec, project, link.instance());
  LIBRE_TRY(const auto begun, sync ? sync_and_start(link, project, *sync, spec, true, synced)
                                   : start(link, project, spec, true));
  if (started) started(begun.job);
  client::Follow follow(link, {.job = std::to_string(begun.job.id), .follow = true}, {}, sink);
  follow.pass_on(options, false);
  follow.begin_with(begun.log);
  return follow.run();
}

}  // namespace libre
