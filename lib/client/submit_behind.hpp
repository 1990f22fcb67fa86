// Submitting jobs, also right behind another request.
#pragma once
#include <libre/config.hpp>

#include "client/behind.hpp"
#include "jobs/remote_job_host.hpp"

namespace libre::client {

// Gives a job what every submit needs: a key where it has none, and the instance's shell.
void complete(JobSpec& spec, const InstanceConfig& instance);

// The submit of a job, and where that is wanted the request for its log right behind it.
class SubmitBehind {
 public:
  // `connection` and `spec` are borrowed; `spec` has a key.
  SubmitBehind(rpc::Connection& connection, const JobSpec& spec);
  SubmitBehind(const SubmitBehind&) = delete;
  SubmitBehind& operator=(const SubmitBehind&) = delete;

  // The log of the job is to be followed: asked for by the job's key.
  void then_follow() { follow_ = true; }

  // As those of Behind.
  Result<void> send(rpc::CallId before, const Wait& wait);
  Result<JobInfo> finish(const Wait& wait);
  void give_up();

  // After finish(): the open call that follows the job's log, where there is one.
  std::optional<rpc::CallId> take_log() { return std::exchange(log_, std::nullopt); }

 private:
  rpc::Connection& connection_;
  const JobSpec& spec_;
  Behind<JobInfo> job_;
  bool follow_ = false;
  std::optional<rpc::CallId> log_;
};

}  // namespace libre::client
