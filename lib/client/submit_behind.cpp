#include "client/submit_behind.hpp"

#include "base/random.hpp"
#include "client/backoff.hpp"
#include "jobs/messages.hpp"

namespace libre::client {

using jobs::RemoteJobHost;

void complete(JobSpec& spec, const InstanceConfig& instance) {
  if (spec.key.empty()) spec.key = random_id(16);
  if (spec.shell.empty()) spec.shell = instance.shell;
}

SubmitBehind::SubmitBehind(rpc::Connection& connection, const JobSpec& spec)
    : connection_(connection),
      spec_(spec),
      job_(connection, {.send =
                            [this](rpc::CallId before, const Wait& wait) {
                              return RemoteJobHost(connection_).send_submit(spec_, before, wait);
                            },
                        .take =
                            [this](rpc::CallId call, const Wait& wait) {
                              return RemoteJobHost(connection_).submitted(call, wait);
                            },
                        .ask =
                            [this](const Wait& wait) {
                              take_refusal(connection_, log_);
                              return RemoteJobHost(connection_).submit(spec_, wait);
                            }}) {}

Result<void> SubmitBehind::send(rpc::CallId before, const Wait& wait) {
  LIBRE_CHECK(job_.send(before, wait));
  if (!follow_) return {};
  const LogQuery query{.job = spec_.key, .follow = true};
  LIBRE_TRY(log_,
            connection_.send("jobs.log", {.header = to_json(query), .after = *job_.call()}, wait));
  return {};
}

Result<JobInfo> SubmitBehind::finish(const Wait& wait) {
  auto job = job_.finish(wait);
  if (!job && !may_heal(job.error().code)) take_refusal(connection_, log_);
  return job;
}

void SubmitBehind::give_up() {
  job_.give_up();
  take_refusal(connection_, log_);
}

}  // namespace libre::client
