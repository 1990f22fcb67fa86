#include "client/submit_behind.hpp"

#include "base/random.hpp"

namespace libre::client {

void complete(JobSpec& spec, const InstanceConfig& instance) {
  if (spec.key.empty()) spec.key = random_id(16);
  if (spec.shell.empty()) spec.shell = instance.shell;
}

Result<void> SubmitBehind::send(rpc::CallId before, const Wait& wait) {
  LIBRE_TRY(call_, jobs::RemoteJobHost(connection_).send_submit(spec_, before, wait));
  return {};
}

Result<JobInfo> SubmitBehind::finish(const Wait& wait) {
  jobs::RemoteJobHost host(connection_);
  if (!call_) return host.submit(spec_, wait);
  auto job = host.submitted(*std::exchange(call_, std::nullopt), wait);
  const bool woken = wait.waker && wait.waker->notified();
  const bool refused = !job && job.error().code == Errc::interrupted && !woken;
  return refused ? host.submit(spec_, wait) : job;
}

void SubmitBehind::give_up() {
  if (!call_) return;
  const Wait brief{.deadline = Deadline::after(std::chrono::seconds(3))};
  if (connection_.cancel(*call_, brief)) (void)connection_.wait_reply(*call_, brief);
  call_.reset();
}

}  // namespace libre::client
