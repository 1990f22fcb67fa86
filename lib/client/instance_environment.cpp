// The verbs of Instance that are about a project's Python environment.
#include "client/behind.hpp"
#include "client/environment_job.hpp"
#include "client/instance_state.hpp"
#include "deps/install_reason.hpp"
#include "deps/remote_environments.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"

namespace libre {

using client::answer_limit;
using client::Behind;
using client::Link;
using client::mirror_of;
using deps::RemoteEnvironments;

namespace {

constexpr std::size_t tail_limit = 64 * 1024;  // of a log: enough for the reason at its end

Behind<EnvironmentInfo> use_behind(rpc::Connection& connection, const Project& project,
                                   const Dependencies& wanted) {
  return {
      connection,
      {.send =
           [&](rpc::CallId before, const Wait& wait) {
             return RemoteEnvironments(connection).send_use(project.id, wanted.id, before, wait);
           },
       .take = [&](rpc::CallId call,
                   const Wait& wait) { return RemoteEnvironments(connection).used(call, wait); },
       .ask =
           [&](const Wait& wait) {
             return RemoteEnvironments(connection).use(project.id, wanted.id, wait);
           }}};
}

Result<EnvironmentInfo> use(Link& link, const Project& project, const Dependencies& wanted) {
  return link.repeat([&](rpc::Connection& connection) {
    return RemoteEnvironments(connection).use(project.id, wanted.id, link.wait(answer_limit));
  });
}

Result<Prepared> bring(Link& link, rpc::Connection& connection, const Project& project,
                       const Dependencies& wanted, const SyncOptions& options) {
  const auto mirror = mirror_of(project, link.instance());
  Prepared prepared;
  prepared.mirror =
      (std::filesystem::path(link.facts().home) / mirror.path).lexically_normal().string();
  auto behind = use_behind(connection, project, wanted);
  sync::RemoteEndpoint endpoint(connection);
  if (!wanted.empty())
    endpoint.send_behind(
        [&](rpc::CallId update) { return behind.send(update, link.wait(answer_limit)); });
  auto brought = sync::sync_project(project, endpoint, mirror, link.instance().describe(), options,
                                    link.options().observer, link.wait_forever());
  if (!brought) behind.give_up();
  LIBRE_CHECK(brought);
  prepared.sync = *std::move(brought);
  if (!wanted.empty()) {
    LIBRE_TRY(prepared.environment, behind.finish(link.wait(answer_limit)));
  }
  return prepared;
}

Error left_alone(const JobInfo& job, Error error) {
  const auto id = std::to_string(job.id);
  if (error.code == Errc::interrupted)
    error.message = "detached; job " + id + " goes on";
  else
    error = std::move(error).wrapped("the output of job " + id + " broke off");
  error.hint = "re install comes back to it";
  return error;
}

Error install_failed(const JobInfo& job, const std::string& tail) {
  const auto id = std::to_string(job.id);
  const int code = job.end ? job.end->shell_code() : 1;
  if (job.state == JobState::killed || code == 130 || code == 143)
    return {
        Errc::interrupted, "the install was ended, and nothing of it is left", {}, "re install"};
  return {
      Errc::io, "the environment could not be made",
      !job.end || job.end->spawn_error.empty() ? deps::install_reason(tail) : job.end->spawn_error,
      "re log " + id + " has all of it"};
}

}  // namespace

Result<Prepared> Instance::prepare(const Project& project, const Dependencies& wanted,
                                   const SyncOptions& options) {
  Link& link = *state_->link;
  if (link.is_in_place(project)) {
    Prepared prepared{{}, {}, project.root.string()};
    if (!wanted.empty()) {
      LIBRE_TRY(prepared.environment, use(link, project, wanted));
    }
    return prepared;
  }
  return link.repeat(link.stream_patience(), [&](rpc::Connection& connection) {
    return bring(link, connection, project, wanted, options);
  });
}

Result<EnvironmentInfo> Instance::install(const Project& project, const Dependencies& wanted,
                                          const InstallOptions& options, const LogSink& sink,
                                          const std::function<void(const JobInfo&)>& started) {
  Link& link = *state_->link;
  LIBRE_TRY(auto environment, use(link, project, wanted));
  if (environment.ready && !options.rebuild) return environment;
  std::string tail;
  const LogSink keep = [&](const LogChunk& chunk) -> Result<void> {
    tail += chunk.bytes;
    if (tail.size() > 2 * tail_limit) tail.erase(0, tail.size() - tail_limit);
    return sink ? sink(chunk) : Result<void>();
  };
  Result<JobInfo> job = JobInfo();
  if (environment.building != 0) {
    job = find(std::to_string(environment.building));
  } else {
    LIBRE_TRY(const auto place, link.repeat([&](rpc::Connection& connection) {
      return RemoteEnvironments(connection)
          .stage(project.id, wanted.id, wanted.files, link.wait(answer_limit));
    }));
    std::string wheels;
    if (options.via_laptop) {
      LIBRE_TRY(const auto facts, describe_python(project));
      LIBRE_TRY(wheels, client::bring_wheels(link, project, wanted, facts, place, keep));
    }
    job = submit(project, client::environment_job(project, wanted, link.instance(),
                                                  link.facts().agent, place, wheels));
  }
  LIBRE_CHECK(job);
  if (started) started(*job);
  auto ended = follow(*job, {}, keep);
  if (!ended) return left_alone(*job, std::move(ended).error());
  if (ended->state != JobState::succeeded) return install_failed(*ended, tail);
  return use(link, project, wanted);
}

Result<std::string> Instance::describe_python(const Project& project) {
  JobSpec spec{
      .name = "describe", .kind = "install", .project = project.name, .project_id = project.id};
  spec.argv = {state_->link->facts().agent, "environment", "--describe", config().python};
  std::string text;
  LIBRE_TRY(const auto job, run(spec, {}, [&](const LogChunk& chunk) -> Result<void> {
              text += chunk.bytes;
              return {};
            }));
  if (job.state != JobState::succeeded) return install_failed(job, text);
  return text;
}

}  // namespace libre
