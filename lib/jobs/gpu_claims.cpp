#include "jobs/gpu_claims.hpp"

#include "jobs/ledger.hpp"

namespace libre::jobs {

void GpuClaims::hold(std::uint64_t job, const GpuGrant& grant) {
  if (grant.names.empty()) return;
  const std::lock_guard lock(mutex_);
  grants_.insert_or_assign(job, grant);
}

void GpuClaims::release(std::uint64_t job) {
  const std::lock_guard lock(mutex_);
  grants_.erase(job);
}

Claims GpuClaims::held(const std::function<std::filesystem::path(std::uint64_t)>& folder_of) const {
  const std::lock_guard lock(mutex_);
  Claims claims;
  for (const auto& [job, grant] : grants_) {
    if (has_end(folder_of(job))) continue;  // its supervisor is just about to leave
    for (const auto& name : grant.names) claims[name] = job;
  }
  return claims;
}

}  // namespace libre::jobs
