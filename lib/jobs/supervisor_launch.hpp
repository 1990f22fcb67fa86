// Starts supervisors, and tells when they are gone.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "jobs/login_environment.hpp"
#include "jobs/state.hpp"

namespace libre::jobs {

// Starts a supervisor for `folder` and returns once it has recorded itself there. After an error it
// may still be there where the error is Errc::timed_out.
Result<void> launch_supervisor(const std::filesystem::path& program,
                               const std::filesystem::path& folder,
                               const std::filesystem::path& runtime_dir,
                               const std::optional<Variables>& environment);

// One thread that sleeps until a watched process ends (pidfd; kernels before 5.3 have none, there
// it looks once a second).
class ProcessWatcher {
 public:
  // `on_gone` is called in the watcher's thread.
  static Result<std::unique_ptr<ProcessWatcher>> start(
      std::function<void(std::uint64_t tag)> on_gone);
  ~ProcessWatcher();

  // Any thread. A process that is gone already is reported at once.
  void watch(std::uint64_t tag, const ProcessIdentity& process);
  bool empty() const;
  bool watches(std::uint64_t tag) const;
  std::optional<std::uint64_t> tag_of(pid_t pid) const;  // of the watched process of this number

 private:
  struct Watched {
    ProcessIdentity identity;
    Fd fd;
  };
  explicit ProcessWatcher(std::function<void(std::uint64_t)> on_gone)
      : on_gone_(std::move(on_gone)) {}
  void loop();
  std::vector<std::uint64_t> wait_for_gone();

  std::function<void(std::uint64_t)> on_gone_;
  std::unique_ptr<Waker> changed_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Watched> watched_;  // under mutex_; entries leave after on_gone_ returned
  bool leaving_ = false;                      // under mutex_
  std::thread thread_;
};

}  // namespace libre::jobs
