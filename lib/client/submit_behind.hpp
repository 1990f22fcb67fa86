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

  // The log of the job is to be followed: asked for right behind the job, by its key.
  void then_follow() { follow_ = true; }

  // Sends it, to be carried out if `before` succeeds.
  Result<void> send(rpc::CallId before, const Wait& wait);

  // The job. Where it was not sent, or what it stood behind failed and was done in another way since,
  // it is submitted now.
  Result<JobInfo> finish(const Wait& wait);

  // For where the request before it failed for good: takes its refusal, so that the connection stays
  // usable.
  void give_up();

  // After finish(): the open call that follows the job's log, where there is one.
  std::optional<rpc::CallId> take_log() { return std::exchange(log_, std::nullopt); }

 private:
  void take_refusal(std::optional<rpc::CallId>& call);

  rpc::Connection& connection_;
  const JobSpec& spec_;
  bool follow_ = false;
  std::optional<rpc::CallId> call_, log_;
};

}  // namespace libre::client
