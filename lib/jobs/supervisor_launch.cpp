#include "jobs/supervisor_launch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/process.hpp"
#include "base/stream.hpp"
#include "jobs/supervisor.hpp"
#include "rpc/messages.hpp"

namespace libre::jobs {
namespace {

constexpr auto start_patience = std::chrono::seconds(20);

// Everything that the supervisor says before it detaches its stdout.
Result<std::string> listen_to(Fd pipe) {
  FdStream stream(std::move(pipe));
  std::string said;
  std::byte buffer[4096];
  for (;;) {
    LIBRE_TRY(const auto got, stream.read(buffer, {Deadline::after(start_patience), nullptr}));
    if (got == 0) return said;
    said += as_text(std::span(buffer).first(got));
    if (said == alive_word) return said;
  }
}

}  // namespace

Result<void> launch_supervisor(const std::filesystem::path& program,
                               const std::filesystem::path& folder,
                               const std::filesystem::path& runtime_dir,
                               const std::optional<Variables>& environment) {
  LIBRE_TRY(auto pipe, make_pipe());
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  SpawnOptions options;
  options.argv = {program.string(), "supervise", folder.string(), runtime_dir.string()};
  options.environment = environment;
  options.directory = "/";
  options.out = pipe.second.get();
  options.err = nowhere.get();
  options.new_session = true;
  LIBRE_TRY(const pid_t pid, spawn(options));
  pipe.second.reset();
  const auto said = listen_to(std::move(pipe.first));
  (void)wait_exit(pid, {Deadline::after(start_patience), nullptr});
  if (!said) return said.error();
  if (*said == alive_word) return {};
  if (said->empty()) return Error{Errc::internal, "the job's supervisor ended while it started"};
  return error_from_json(*said);
}

Result<std::unique_ptr<ProcessWatcher>> ProcessWatcher::start(
    std::function<void(std::uint64_t)> on_gone) {
  std::unique_ptr<ProcessWatcher> watcher(new ProcessWatcher(std::move(on_gone)));
  LIBRE_TRY(watcher->changed_, Waker::create());
  watcher->thread_ = std::thread([raw = watcher.get()] { raw->loop(); });
  return watcher;
}

ProcessWatcher::~ProcessWatcher() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  if (changed_) changed_->notify();
  if (thread_.joinable()) thread_.join();
}

void ProcessWatcher::watch(std::uint64_t tag, const ProcessIdentity& process) {
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  // Opened by number: it counts only if the process is still the one meant.
  if (!is_alive(process)) fd.reset();
  const std::lock_guard lock(mutex_);
  watched_.insert_or_assign(tag, Watched{process, std::move(fd)});
  changed_->notify();
}

bool ProcessWatcher::empty() const {
  const std::lock_guard lock(mutex_);
  return watched_.empty();
}

bool ProcessWatcher::watches(std::uint64_t tag) const {
  const std::lock_guard lock(mutex_);
  return watched_.contains(tag);
}

std::optional<std::uint64_t> ProcessWatcher::tag_of(pid_t pid) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [tag, process] : watched_)
    if (process.identity.pid == pid) return tag;
  return std::nullopt;
}

std::vector<std::uint64_t> ProcessWatcher::wait_for_gone() {
  std::vector<pollfd> fds = {{changed_->fd(), POLLIN, 0}};
  std::vector<std::uint64_t> gone;
  bool must_look = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [tag, process] : watched_) {
      if (process.fd)
        fds.push_back({process.fd.get(), POLLIN, 0});
      else if (is_alive(process.identity))
        must_look = true;
      else
        gone.push_back(tag);
    }
  }
  if (!gone.empty()) return gone;
  ::poll(fds.data(), fds.size(), must_look ? 1000 : -1);
  changed_->clear();
  const std::lock_guard lock(mutex_);
  for (const auto& [tag, process] : watched_)
    for (const pollfd& fd : fds)
      if (process.fd && fd.fd == process.fd.get() && fd.revents != 0) gone.push_back(tag);
  return gone;
}

void ProcessWatcher::loop() {
  for (;;) {
    const auto gone = wait_for_gone();
    for (const std::uint64_t tag : gone) {
      on_gone_(tag);
      const std::lock_guard lock(mutex_);
      watched_.erase(tag);
    }
    const std::lock_guard lock(mutex_);
    if (leaving_) return;
  }
}

}  // namespace libre::jobs
