// The verbs of Instance that start a job in a project's mirror.
#include "client/instance_state.hpp"
#include "client/mirror_place.hpp"
#include "client/submit_behind.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"

namespace libre {

using client::answer_limit;
using client::mirror_of;
using client::SubmitBehind;

Result<JobInfo> Instance::submit(const Project& project, JobSpec spec) {
  client::Link& link = *state_->link;
  if (link.is_in_place(project)) {
    spec.directory = project.root.string();
    return submit(std::move(spec));
  }
  const auto mirror = mirror_of(project, link.instance());
  client::complete(spec, link.instance());
  spec.directory = mirror.path;
  return link.repeat([&](rpc::Connection& connection) -> Result<JobInfo> {
    SubmitBehind behind(connection, spec);
    sync::RemoteEndpoint endpoint(connection);
    endpoint.send_behind(
        [&](rpc::CallId find) { return behind.send(find, link.wait(answer_limit)); });
    const auto found = endpoint.find(mirror, link.wait(answer_limit));
    if (!found) behind.give_up();
    LIBRE_CHECK(found);
    return behind.finish(link.wait(answer_limit));
  });
}

Result<JobInfo> Instance::sync_and_submit(const Project& project, const SyncOptions& options,
                                          JobSpec spec,
                                          const std::function<void(const SyncReport&)>& synced) {
  client::Link& link = *state_->link;
  if (options.dry_run) return Error{Errc::usage, "a job cannot be started on a dry run"};
  if (link.is_in_place(project)) {
    if (synced) synced({});
    return submit(project, std::move(spec));
  }
  const auto mirror = mirror_of(project, link.instance());
  client::complete(spec, link.instance());
  spec.directory = mirror.path;
  std::optional<SyncReport> report;
  auto job =
      link.repeat(link.stream_patience(), [&](rpc::Connection& connection) -> Result<JobInfo> {
        SubmitBehind behind(connection, spec);
        sync::RemoteEndpoint endpoint(connection);
        endpoint.send_behind(
            [&](rpc::CallId update) { return behind.send(update, link.wait(answer_limit)); });
        auto brought = sync::sync_project(project, endpoint, mirror, link.instance().describe(),
                                          options, link.options().observer, link.wait_forever());
        if (!brought) behind.give_up();
        LIBRE_CHECK(brought);
        report = *std::move(brought);
        return behind.finish(link.wait(answer_limit));
      });
  if (report && synced) synced(*report);
  return job;
}

}  // namespace libre
