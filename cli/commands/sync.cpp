// re sync: run a command over there as if it ran here.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/commands/submit.hpp"
#include "cli/commands/terminal_job.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct SyncOptions {
  SubmitArgs submit{};
  bool terminal = false, pass_stdin = false;
};

bool same_file(int one, int other) {
  struct ::stat a {
  }, b{};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

// How the job's descriptors relate to ours.
void wire_up(libre::JobSpec& spec, const SyncOptions& args) {
  const bool stdin_terminal = ::isatty(STDIN_FILENO) == 1;
  spec.terminal = args.terminal;
  spec.with_stdin = args.pass_stdin || args.terminal || !stdin_terminal;
  spec.separate_streams = !args.terminal && !same_file(STDOUT_FILENO, STDERR_FILENO);
  const auto window = window_size();
  spec.columns = window.columns;
  spec.rows = window.rows;
}

Result<int> run_sync(Context& context, const SyncOptions& args) {
  LIBRE_TRY(libre::JobSpec spec, job_spec(args.submit));
  wire_up(spec, args);
  if (args.terminal && ::isatty(STDIN_FILENO) != 1)
    return Error{Errc::usage, "--tty needs a terminal on stdin", {}, "leave --tty out"};
  const bool with_stdin = spec.with_stdin;
  // On a terminal Ctrl-C is a key like any other: the job's terminal makes a signal of it.
  const libre::RunOptions options{.stdin_fd = with_stdin ? STDIN_FILENO : -1,
                                  .pass_stop = !args.terminal,
                                  .escape = args.terminal,
                                  .window = window_size};
  std::optional<libre::SyncOptions> bring;
  if (args.submit.bring) bring = libre::SyncOptions{.force = args.submit.force};
  std::optional<libre::JobInfo> job;
  Result<libre::JobInfo> ended = libre::JobInfo{};
  const auto start = [&](const libre::Project& project, libre::Instance instance,
                         libre::JobSpec wanted, const Taken& taken) -> Result<void> {
    std::optional<RawTerminal> raw;
    ended = instance.run(
        project, bring, std::move(wanted), options, to_our_outputs(context),
        [&](const libre::SyncReport& report) { tell_sync(context, report); },
        [&](const libre::JobInfo& started) {
          job = started;
          taken();
          context.screen.clear_progress();
          context.screen.talk(job_on(started, instance));
          raw.emplace(args.terminal);
        });
    if (job) return {};
    context.screen.clear_progress();
    return ended ? Result<void>() : ended.error();
  };
  LIBRE_CHECK(start_job(context, args.submit, std::move(spec), start));
  if (!ended)
    return left_running(context, *job, std::move(ended).error(),
                        args.terminal ? "attach" : "log -f");
  return job_code(context.screen, *ended);
}

}  // namespace

void add_sync(Parser& parser) {
  const auto args = std::make_shared<SyncOptions>();
  Command& command = parser.add("sync", "Run a command on the instance and wait for it");
  add_submit_options(command, args->submit);
  command.flag("-t,--tty", args->terminal, "run it on a terminal of its own")
      .flag("--stdin", args->pass_stdin, "pass our stdin on, even where it is a terminal")
      .about(
          "Its output, its exit code (128 + N for signal N) and, where stdin is no terminal, its\n"
          "input are passed through. Ctrl-C reaches the command; a second one leaves it running, "
          "and\n"
          "with --tty Enter ~ . does. re attach comes back. A connection that breaks is opened "
          "again\n"
          "for as long as it takes (see --timeout).")
      .example("re sync \"python3 train.py > out.txt\"", "a line for your shell")
      .example("re sync -- python3 train.py --lr 0.1", "words that arrive as they are")
      .runs([args](Context& context) { return run_sync(context, *args); });
}

}  // namespace cli
