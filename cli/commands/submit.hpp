// What `re sync` and `re async` have in common: from options to a job on an instance.
#pragma once
#include <functional>

#include <libre/job.hpp>

#include "cli/context.hpp"
#include "cli/needs.hpp"

namespace cli {

struct SubmitArgs {
  std::vector<std::string> words{};
  bool exact = false;  // they stood behind `--`
  std::vector<std::string> environment{};
  std::string name = "runner";
  bool bring = true;  // --rsync
  bool force = false;
  NeedsArgs needs{};
};

void add_submit_options(Command& command, SubmitArgs& args);

// The job that `args` describe, without a place yet. One word is a line for the user's shell;
// several words, and what stands behind `--`, are argv. Pure.
libre::Result<libre::JobSpec> job_spec(const SubmitArgs& args);

// Starts a job on one machine. Calls Taken as soon as that is done; an error says that it was not.
using Taken = std::function<void()>;
using Start = std::function<libre::Result<void>(const libre::Project&, libre::Instance,
                                                libre::JobSpec, const Taken&)>;
// Calls `start` with the project, the instance that is reached, and `spec` as a job of that project. Where
// the machine is to be chosen, it is the first that fits and has its GPUs still free when the job comes.
libre::Result<void> start_job(Context& context, const SubmitArgs& args, libre::JobSpec spec,
                              const Start& start);

// A job that has been started: the code is there, and the instance is reached.
struct Submitted {
  libre::Instance instance;
  libre::JobInfo job;
};
// start_job(): brings the code, unless `args` say otherwise, tells about it, and starts the job.
libre::Result<Submitted> submit(Context& context, const SubmitArgs& args, libre::JobSpec spec);

// "job 12 on gpu1"
std::string job_on(const libre::JobInfo& job, const libre::Instance& instance);

// `command`, for a person to type again: with --instance where one was named.
std::string typed_again(const Context& context, std::string command);

// The error of a command that was with a job and is no more: detached, or its output broke off. `verb`
// comes back to it: "log -f" or "attach".
libre::Error left_running(const Context& context, const libre::JobInfo& job, libre::Error error,
                          std::string_view verb);

// The exit code of an ended job; tells on stderr what a code alone does not say.
int job_code(Screen& screen, const libre::JobInfo& job);

// Says so where the log of an ended job has not all that the job printed.
void tell_log_error(Screen& screen, const libre::JobInfo& job);

}  // namespace cli
