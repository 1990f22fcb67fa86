// The environments of this machine and user.
#pragma once
#include <filesystem>

#include "deps/environments.hpp"
#include "jobs/job_host.hpp"

namespace libre::deps {

// Thread safety: all functions may be called from several threads at once.
class LocalEnvironments final : public Environments {
 public:
  // `jobs` is borrowed: it knows which environments are being made.
  LocalEnvironments(std::filesystem::path state_root, jobs::JobHost& jobs)
      : state_root_(std::move(state_root)), jobs_(jobs) {}

  Result<EnvironmentInfo> use(const std::string& project_id, const std::string& id,
                              const Wait& wait) override;
  Result<std::string> stage(const std::string& project_id, const std::string& id,
                            const std::map<std::string, std::string>& files,
                            const Wait& wait) override;

 private:
  Result<std::filesystem::path> place_of(const std::string& project_id,
                                         const std::string& id) const;
  std::filesystem::path state_root_;
  jobs::JobHost& jobs_;
};

// Makes `directory` the one that new jobs of its project get.
Result<void> make_current(const std::filesystem::path& directory);

// What an environment of `id` that is being made by `job` is called.
std::string environment_name(const std::string& id, std::uint64_t job);

}  // namespace libre::deps
