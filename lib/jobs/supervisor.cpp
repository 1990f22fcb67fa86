#include "jobs/supervisor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "jobs/ledger.hpp"
#include "jobs/project_environment.hpp"
#include "jobs/supervision.hpp"
#include "rpc/messages.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

constexpr auto profile_patience = std::chrono::seconds(10);

// Whatever the agent was started with (a nohup, a descriptor of sshd) must not reach the job.
void forget_inheritance() {
  for (int signal = 1; signal < SIGRTMAX; ++signal) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  std::vector<int> inherited;
  {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir("/proc/self/fd"), &::closedir);
    while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
      if (const int fd = std::atoi(entry->d_name); fd > 2 && fd != ::dirfd(open.get()))
        inherited.push_back(fd);
  }
  for (const int fd : inherited) ::close(fd);
}

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGUSR1, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR2})
    ::sigaddset(&set, signal);
  return set;
}

void say(std::string_view text) {
  (void)write_all(STDOUT_FILENO, text);
  const int nowhere = ::open("/dev/null", O_RDWR);
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

Result<RunState> record_self(const fs::path& folder) {
  LIBRE_TRY(const auto self, identify(::getpid()));
  RunState state;
  state.supervisor_pid = self.pid;
  state.supervisor_start = self.start_ticks;
  state.boot_id = self.boot_id;
  LIBRE_CHECK(reserve_end(folder));
  LIBRE_CHECK(make_durable(folder));
  LIBRE_CHECK(write_state(folder, state));
  return state;
}

void link_job_log(const Submitted& job, const LoginEnvironment& login, const fs::path& folder,
                  RunState& state) {
  if (job.spec.log_link.empty()) return;
  const auto linked =
      link_log(job_directory(job.spec, login.variables), job.spec.log_link, folder / "log");
  if (!linked) state.notice = linked.error().describe();
}

// A job finds its project's Python without having been told. What makes an environment must not stand in one.
void enter_project_environment(const Submitted& job, const fs::path& folder, Variables& variables) {
  if (job.spec.kind == "install") return;
  const auto place = environments_place(folder.parent_path().parent_path(), job.spec.project_id);
  const auto current = place ? current_environment(*place) : std::nullopt;
  if (current) activate_environment(variables, *current);
}

void record_failure(const fs::path& folder, const Error& error) {
  const StartFailure failure = explain_start_failure(error);
  JobEnd end;
  end.spawn_error = failure.reason;
  end.code = failure.code;
  end.ended = now();
  (void)write_end(folder, end);
}

int run_job(const fs::path& folder, const fs::path& runtime_dir) {
  const auto job = read_submitted(folder);
  if (!job) return say(to_json(job.error())), 1;
  auto log = JobLog::open(folder);
  if (!log) return say(to_json(log.error())), 1;
  ControlServer control;
  if (auto listening = control.listen(runtime_dir, job->id); !listening)
    return say(to_json(listening.error())), 1;
  auto state = record_self(folder);
  if (!state) return control.close(), say(to_json(state.error())), 1;
  say(alive_word);

  const auto agent = own_executable();
  const std::string& wanted = job->spec.shell;
  const auto shell =
      wanted.empty() ? Result<std::string>(wanted) : find_shell(wanted, own_variables());
  auto login = login_environment(own_variables(), agent ? *agent : fs::path(), profile_patience,
                                 shell ? *shell : std::string());
  link_job_log(*job, login, folder, *state);
  enter_project_environment(*job, folder, login.variables);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto command = shell ? start_command(*job, login) : Result<StartedCommand>(shell.error());
  if (!command) return record_failure(folder, command.error()), control.close(), 0;
  Supervision supervision(folder, runtime_dir, *job, *std::move(state), *std::move(command),
                          *std::move(log), std::move(control));
  supervision.run();
  return 0;
}

}  // namespace

int supervise(const fs::path& folder, const fs::path& runtime_dir) {
  forget_inheritance();
  ::prctl(PR_SET_NAME, "re-supervise");
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child > 0) ::_exit(0);
  const sigset_t watched = watched_signals();
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  return run_job(folder, runtime_dir);
}

}  // namespace libre::jobs
