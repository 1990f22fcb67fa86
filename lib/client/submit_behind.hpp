// A job that is submitted right behind another request, in the same exchange.
#pragma once
#include <optional>

#include <libre/config.hpp>

#include "jobs/remote_job_host.hpp"

namespace libre::client {

// Gives a job what every submit needs: a key where it has none, and the instance's shell.
void complete(JobSpec& spec, const InstanceConfig& instance);

class SubmitBehind {
 public:
  // `connection` and `spec` are borrowed; `spec` has a key.
  SubmitBehind(rpc::Connection& connection, const JobSpec& spec)
      : connection_(connection), spec_(spec) {}

  // Sends it, to be carried out if `before` succeeds.
  Result<void> send(rpc::CallId before, const Wait& wait);

  // The job. Where it was not sent, or what it stood behind failed and was done in another way since,
  // it is submitted now.
  Result<JobInfo> finish(const Wait& wait);

  // For where the request before it failed for good: takes its refusal, so that the connection stays
  // usable.
  void give_up();

 private:
  rpc::Connection& connection_;
  const JobSpec& spec_;
  std::optional<rpc::CallId> call_;
};

}  // namespace libre::client
