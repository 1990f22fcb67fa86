// Starts a job's command: its descriptors, its environment, its process.
#pragma once
#include "base/fd.hpp"
#include "jobs/login_environment.hpp"
#include "jobs/state.hpp"

namespace libre::jobs {

struct StartedCommand {
  pid_t pid = 0;    // leads a session and a process group of its own
  Fd out{}, err{};  // non-blocking; err only with separate_streams; out is the pty with terminal
  Fd in{};          // non-blocking; only with with_stdin
};

// Where a spec's directory is: relative ones and "~" under the home directory.
std::filesystem::path job_directory(const JobSpec& spec, const Variables& environment);

// The login environment, with the spec's on top, and RE_JOB_ID, RE_JOB, PWD and the GPUs given. Pure.
Variables job_environment(const Submitted& job, const LoginEnvironment& login);

// Why a command could not be started, as a shell would tell: 127 not found, 126 not executable.
struct StartFailure {
  std::string reason;
  int code = 127;
};

// Errors name what is wrong with the program or the directory; Errc::denied stands for code 126.
Result<StartedCommand> start_command(const Submitted& job, const LoginEnvironment& login);
StartFailure explain_start_failure(const Error& error);

// Puts a symlink to `log` at `link` (relative to `directory`; folders are made), in one step. Leaves alone whatever
// is there and is no symlink (Errc::exists).
Result<void> link_log(const std::filesystem::path& directory, const std::string& link,
                      const std::filesystem::path& log);

}  // namespace libre::jobs
