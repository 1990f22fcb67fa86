#include "jobs/command_start.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

Result<FdPair> open_terminal(std::uint32_t columns, std::uint32_t rows) {
  Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[128];
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name, sizeof name) != 0)
    return system_error("cannot make a pseudo terminal", errno);
  Fd slave(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return system_error("cannot open a pseudo terminal", errno);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  ::ioctl(slave.get(), TIOCSWINSZ, &size);
  return FdPair{std::move(master), std::move(slave)};
}

Result<void> check_directory(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0)
    return system_error("cannot enter the directory " + directory.string(), errno);
  if (!S_ISDIR(status.st_mode))
    return Error{Errc::not_found, directory.string() + " is not a directory"};
  if (::access(directory.c_str(), X_OK) != 0)
    return system_error("cannot enter the directory " + directory.string(), errno);
  return {};
}

// The ends that the command gets; closed here once it has them.
struct CommandSide {
  Fd in{}, out{}, err{};
};

Result<CommandSide> connect_command(const JobSpec& spec, StartedCommand& ours) {
  CommandSide theirs;
  if (spec.terminal) {
    LIBRE_TRY(auto pty, open_terminal(spec.columns, spec.rows));
    theirs.in = std::move(pty.second);
    if (spec.with_stdin) {
      LIBRE_TRY(ours.in, duplicate(pty.first.get()));
    }
    ours.out = std::move(pty.first);
  } else {
    LIBRE_TRY(auto out, make_pipe());
    // The largest that needs no privilege: fewer wake-ups for a job that prints a lot.
    ::fcntl(out.first.get(), F_SETPIPE_SZ, 256 << 10);
    ours.out = std::move(out.first);
    theirs.out = std::move(out.second);
    if (spec.separate_streams) {
      LIBRE_TRY(auto err, make_pipe());
      ours.err = std::move(err.first);
      theirs.err = std::move(err.second);
    }
    if (spec.with_stdin) {
      LIBRE_TRY(auto in, make_pipe());
      ours.in = std::move(in.second);
      theirs.in = std::move(in.first);
    }
  }
  for (const Fd* fd : {&ours.in, &ours.out, &ours.err})
    if (*fd) LIBRE_CHECK(set_nonblocking(fd->get(), true));
  return theirs;
}

}  // namespace

fs::path job_directory(const JobSpec& spec, const Variables& environment) {
  const fs::path home = get_variable(environment, "HOME");
  if (spec.directory.empty()) return home;
  return home / expand_tilde(spec.directory, home);
}

Variables job_environment(const Submitted& job, const LoginEnvironment& login) {
  Variables variables = login.variables;
  set_variable(variables, "PWD", job_directory(job.spec, variables).string());
  if (job.spec.terminal && get_variable(variables, "TERM").empty())
    set_variable(variables, "TERM", "xterm-256color");
  for (const auto& [name, value] : job.spec.environment) set_variable(variables, name, value);
  if (!job.gpus.variable.empty())
    set_variable(variables, job.gpus.variable, join(job.gpus.names, ","));
  set_variable(variables, "RE_JOB_ID", std::to_string(job.id));
  set_variable(variables, "RE_JOB", job_marker(job));
  return variables;
}

Result<StartedCommand> start_command(const Submitted& job, const LoginEnvironment& login) {
  StartedCommand started;
  SpawnOptions options;
  options.argv = job.spec.argv.empty() ? shell_command(login, job.spec.command) : job.spec.argv;
  options.environment = job_environment(job, login);
  options.directory = job_directory(job.spec, login.variables);
  LIBRE_CHECK(check_directory(options.directory));
  LIBRE_TRY(const auto theirs, connect_command(job.spec, started));
  const Fd& second = theirs.out ? theirs.out : theirs.in;
  options.in = theirs.in.get();
  options.out = second.get();
  options.err = theirs.err ? theirs.err.get() : second.get();
  options.new_session = true;
  options.controlling_terminal = job.spec.terminal;
  LIBRE_TRY(started.pid, spawn(options));
  return started;
}

StartFailure explain_start_failure(const Error& error) {
  StartFailure failure;
  failure.reason = error.message + (error.cause.empty() ? "" : ": " + error.cause);
  failure.code = error.code == Errc::not_found ? 127 : 126;
  return failure;
}

Result<void> link_log(const fs::path& directory, const std::string& link, const fs::path& log) {
  const fs::path target = directory / link;
  struct stat status {};
  if (::lstat(target.c_str(), &status) == 0 && !S_ISLNK(status.st_mode))
    return Error{Errc::exists,
                 target.string() + " is a file of yours, so it is not linked to the log"};
  std::error_code ignored;
  if (fs::is_directory(directory, ignored)) fs::create_directories(target.parent_path(), ignored);
  const fs::path fresh = target.string() + ".tmp-" + random_id(8);
  if (::symlink(log.c_str(), fresh.c_str()) != 0)
    return system_error("cannot link " + target.string() + " to the log", errno);
  if (::rename(fresh.c_str(), target.c_str()) == 0) return {};
  const int reason = errno;
  ::unlink(fresh.c_str());
  return system_error("cannot link " + target.string() + " to the log", reason);
}

}  // namespace libre::jobs
