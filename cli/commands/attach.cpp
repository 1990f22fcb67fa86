// re attach: be with a running job again, as if `re sync` had never been left.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/submit.hpp"
#include "cli/commands/terminal_job.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::JobInfo;
using libre::Result;

struct AttachOptions {
  std::vector<std::string> words{};
  std::optional<std::int64_t> tail{};
  bool no_stdin = false;
};

std::string greeting(const JobInfo& job, const libre::Instance& instance, bool raw) {
  return fmt::format("attached to {}; {} leaves it running", job_on(job, instance),
                     raw ? "Enter ~ ." : "Ctrl-C");
}

Result<int> run_attach(Context& context, const AttachOptions& args) {
  if (args.words.size() > 1)
    return Error{Errc::usage, "re attach takes one job", {}, "re attach JOB"};
  if (args.tail && *args.tail < 0)
    return Error{Errc::usage, "--tail needs a number of lines", {}, "re attach -n 20"};
  const auto project = context.project_if_any();
  if (!project && args.words.empty()) LIBRE_CHECK(context.project());
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));

  libre::LogQuery query;
  if (!args.words.empty()) query.job = args.words[0];
  if (project) query.project = project->id;
  query.last_lines = static_cast<std::uint64_t>(args.tail.value_or(0));
  const bool keyboard = ::isatty(STDIN_FILENO) == 1;
  const libre::RunOptions options{.stdin_fd = args.no_stdin ? -1 : STDIN_FILENO,
                                  .pass_stop = false,
                                  .escape = keyboard,
                                  .window = window_size};
  std::optional<JobInfo> attached;
  auto ended = [&] {
    std::optional<RawTerminal> raw;
    return instance.attach(query, options, to_our_outputs(context),
                           [&](const JobInfo& job, std::uint64_t) -> Result<void> {
                             attached = job;
                             if (libre::is_final(job.state)) return {};
                             const bool every_key = keyboard && !args.no_stdin &&
                                                    job.spec.terminal && job.spec.with_stdin;
                             context.screen.talk(greeting(job, instance, every_key));
                             raw.emplace(every_key);
                             return {};
                           });
  }();
  if (!ended && attached)
    return left_running(context, *attached, std::move(ended).error(), "attach");
  if (!ended) return std::move(ended).error();
  if (libre::is_final(attached->state))
    context.screen.talk(
        fmt::format("job {} had ended already; what it printed: re log {}", ended->id, ended->id));
  return job_code(context.screen, *ended);
}

}  // namespace

void add_attach(Parser& parser) {
  const auto args = std::make_shared<AttachOptions>();
  parser.add("attach", "Be with a running job again: its output, its input, its exit code")
      .words(args->words, "[JOB]",
             "JOB  an id or a name from re list; the project's last job otherwise")
      .completes({"JOB"})
      .option("-n,--tail", args->tail, "N", "begin with the last N lines, not with what comes next")
      .flag("--no-stdin", args->no_stdin, "only watch")
      .about(
          "Our stdin goes to a job that was started with one (re sync), and to nobody else's from\n"
          "then on; its end is the end of the job's input. A job with a terminal gets every key "
          "and\n"
          "the size of our window: Enter ~ . leaves it, and Ctrl-C any other job. The exit code is "
          "the\n"
          "job's.")
      .example("re attach -n 20", "the last job of the project")
      .example("re attach 12 --no-stdin", "watch, and type nothing")
      .runs([args](Context& context) { return run_attach(context, *args); });
}

}  // namespace cli
