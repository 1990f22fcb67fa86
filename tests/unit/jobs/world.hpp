// A machine of its own for one test: a home, a state root, a runtime directory, and the jobs there.
// Everything is ended and removed when it goes.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "jobs/local_job_host.hpp"

namespace libre::jobs::testing {

class World {
 public:
  World();
  explicit World(const std::string& shell);
  explicit World(LookAtGpus gpus);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  LocalJobHost& host() { return *host_; }
  // As when the agent is killed and another one is started.
  void restart_host();
  void stop_host() { host_.reset(); }

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path home() const { return root_ / "home"; }
  std::filesystem::path state() const { return root_ / "state"; }
  std::filesystem::path folder(std::uint64_t id) const {
    return state() / "jobs" / std::to_string(id);
  }

  JobInfo submit(const JobSpec& spec);
  JobInfo shell(const std::string& command) { return submit(JobSpec{.command = command}); }
  JobInfo wait_end(std::uint64_t id);                        // fails the test after 60 s
  std::string log(std::uint64_t id);                         // all that is there now
  void wait_log(std::uint64_t id, const std::string& text);  // until the log contains it
  std::string run(const std::string& command);               // its log, once it has ended

 private:
  void open_host();
  std::filesystem::path root_;
  std::string shell_;
  LookAtGpus gpus_{};
  std::unique_ptr<LocalJobHost> host_;
};

// Processes whose command line contains `text`, but not this one.
std::size_t count_processes(const std::string& text);

inline Wait at_most(int seconds) {
  return {Deadline::after(std::chrono::seconds(seconds)), nullptr};
}

}  // namespace libre::jobs::testing
