#include "probe/tool_runs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace libre::probe {
namespace {

constexpr std::size_t longest_answer = 4u << 20;
// For a process that was killed to be gone: longer than the kernel takes for one that can be.
constexpr auto kill_patience = std::chrono::milliseconds(500);

}  // namespace

Result<ToolRuns::Running> ToolRuns::start(const ToolCommand& command) {
  LIBRE_TRY(auto pipe, make_pipe());
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  SpawnOptions options;
  options.argv = command.argv;
  options.program = command.program;
  options.environment = command.environment.empty() ? environment_ : command.environment;
  options.directory = "/";
  options.out = pipe.second.get();
  options.err = nowhere.get();
  options.new_session = true;
  Running running;
  LIBRE_TRY(running.pid, spawn(options));
  running.out = std::move(pipe.first);
  return running;
}

Result<ToolAnswer> ToolRuns::finish(Running& running, const Wait& wait) {
  char buffer[16 * 1024];
  Result<void> waited;
  while ((waited = wait_for(running.out.get(), POLLIN, wait))) {
    const ssize_t got = ::read(running.out.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (running.text.size() < longest_answer)
      running.text.append(buffer, static_cast<std::size_t>(got));
  }
  if (waited) {
    auto exit = wait_exit(running.pid, wait);
    if (exit) return ToolAnswer{*exit, std::move(running.text)};
    waited = std::move(exit).error();
  }
  end(running.pid);
  return std::move(waited).error();
}

void ToolRuns::end(pid_t pid) {
  ::kill(-pid, SIGKILL);
  if (!wait_exit(pid, {Deadline::after(kill_patience), nullptr})) stuck_.push_back(pid);
}

bool ToolRuns::has_stuck_ones() {
  std::erase_if(stuck_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
  return !stuck_.empty();
}

std::vector<Result<ToolAnswer>> ToolRuns::run(const std::vector<ToolCommand>& commands,
                                              const Wait& wait) {
  std::vector<Result<ToolAnswer>> answers;
  if (has_stuck_ones()) {
    answers.assign(commands.size(),
                   Error{Errc::timed_out, "an earlier one hangs and cannot be ended"});
    return answers;
  }
  std::vector<Result<Running>> started;
  for (const auto& command : commands) started.push_back(start(command));
  for (auto& running : started)
    answers.push_back(running ? finish(*running, wait) : Result<ToolAnswer>(running.error()));
  return answers;
}

}  // namespace libre::probe
