// Which GPUs the live jobs have.
//
// The truth is in the ledger: a grant stands in job.json, and counts until exit.json is there. So a claim
// survives the agent, and none is left behind. This is the agent's view of it, so that it need not read all
// folders again for each question.
//
// Thread safety: all functions may be called from several threads at once.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "jobs/state.hpp"

namespace libre::jobs {

// GPU → the live job that has it.
using Claims = std::map<std::string, std::uint64_t>;

class GpuClaims {
 public:
  void hold(std::uint64_t job, const GpuGrant& grant);
  void release(std::uint64_t job);
  // Those of jobs that have not ended, by `folder_of` a job's id.
  Claims held(const std::function<std::filesystem::path(std::uint64_t)>& folder_of) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, GpuGrant> grants_;
};

}  // namespace libre::jobs
