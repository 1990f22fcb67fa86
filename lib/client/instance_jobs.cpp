// The verbs of Instance that are about jobs.
#include "client/follow.hpp"
#include "client/instance_state.hpp"
#include "client/submit_behind.hpp"
#include "jobs/remote_job_host.hpp"

namespace libre {

using client::answer_limit;
using client::Link;
using jobs::RemoteJobHost;

Result<JobInfo> Instance::submit(JobSpec spec) {
  Link& link = *state_->link;
  client::complete(spec, link.instance());
  return link.repeat([&](rpc::Connection& connection) {
    return RemoteJobHost(connection).submit(spec, link.wait(answer_limit));
  });
}

Result<std::vector<JobInfo>> Instance::list(const JobFilter& filter) {
  Link& link = *state_->link;
  return link.repeat([&](rpc::Connection& connection) {
    return RemoteJobHost(connection).list(filter, link.wait(answer_limit));
  });
}

Result<JobInfo> Instance::find(const std::string& job, const std::string& project) {
  Link& link = *state_->link;
  return link.repeat([&](rpc::Connection& connection) {
    return RemoteJobHost(connection).find(job, project, link.wait(answer_limit));
  });
}

Result<std::vector<KillReport>> Instance::kill(const std::vector<std::uint64_t>& jobs,
                                               std::chrono::milliseconds grace) {
  Link& link = *state_->link;
  return link.repeat([&](rpc::Connection& connection) {
    return RemoteJobHost(connection).kill(jobs, grace, link.wait(grace + answer_limit));
  });
}

Result<JobInfo> Instance::log(const LogQuery& query, const LogSink& sink, const LogBegin& begin) {
  return client::Follow(*state_->link, query, begin, sink).run();
}

Result<JobInfo> Instance::run(JobSpec spec, const RunOptions& options, const LogSink& sink,
                              const std::function<void(const JobInfo&)>& started) {
  spec.with_stdin = options.stdin_fd >= 0;
  LIBRE_TRY(const auto job, submit(std::move(spec)));
  if (started) started(job);
  return this->follow(job, options, sink);
}

Result<JobInfo> Instance::follow(const JobInfo& job, const RunOptions& options,
                                 const LogSink& sink) {
  const LogQuery query{.job = std::to_string(job.id), .follow = true};
  client::Follow follow(*state_->link, query, {}, sink);
  follow.pass_on(options, false);
  return follow.run();
}

Result<JobInfo> Instance::attach(LogQuery query, const RunOptions& options, const LogSink& sink,
                                 const LogBegin& begin) {
  query.follow = true;
  client::Follow follow(*state_->link, std::move(query), begin, sink);
  follow.pass_on(options, true);
  return follow.run();
}

}  // namespace libre
