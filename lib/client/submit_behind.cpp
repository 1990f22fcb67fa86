#include "client/submit_behind.hpp"

#include "base/random.hpp"
#include "client/backoff.hpp"
#include "jobs/messages.hpp"

namespace libre::client {

void complete(JobSpec& spec, const InstanceConfig& instance) {
  if (spec.key.empty()) spec.key = random_id(16);
  if (spec.shell.empty()) spec.shell = instance.shell;
}

Result<void> SubmitBehind::send(rpc::CallId before, const Wait& wait) {
  LIBRE_TRY(call_, jobs::RemoteJobHost(connection_).send_submit(spec_, before, wait));
  if (!follow_) return {};
  const LogQuery query{.job = spec_.key, .follow = true};
  LIBRE_TRY(log_, connection_.send("jobs.log", {.header = to_json(query), .after = *call_}, wait));
  return {};
}

Result<JobInfo> SubmitBehind::finish(const Wait& wait) {
  jobs::RemoteJobHost host(connection_);
  if (!call_) return host.submit(spec_, wait);
  auto job = host.submitted(*std::exchange(call_, std::nullopt), wait);
  if (job) return job;
  const bool woken = wait.waker && wait.waker->notified();
  const bool refused = job.error().code == Errc::interrupted && !woken;
  if (!may_heal(job.error().code)) take_refusal(log_);
  return refused ? host.submit(spec_, wait) : job;
}

void SubmitBehind::give_up() {
  take_refusal(call_);
  take_refusal(log_);
}

void SubmitBehind::take_refusal(std::optional<rpc::CallId>& call) {
  if (!call) return;
  const Wait brief{.deadline = Deadline::after(std::chrono::seconds(3))};
  if (connection_.cancel(*call, brief)) (void)connection_.wait_reply(*call, brief);
  call.reset();
}

}  // namespace libre::client
