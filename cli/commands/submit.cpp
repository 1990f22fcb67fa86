#include "cli/commands/submit.hpp"

#include <fmt/format.h>

#include <optional>

#include <libre/text.hpp>

#include "cli/commands/report.hpp"
#include "cli/exit_code.hpp"
#include "cli/pick.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

void add_submit_options(Command& command, SubmitArgs& args) {
  command
      .words(args.words, "\"COMMAND LINE\" | [--] PROGRAM [ARGUMENT…]",
             "one quoted line runs in your shell over there; several words run as they are")
      .takes_command(args.exact)
      .option("--name", args.name, "NAME", "what to call the job (runner)")
      .option("--env", args.environment, "KEY=VALUE",
              "set in the job's environment; may be repeated")
      .flag("--rsync,!--no-rsync", args.bring, "bring the code first (it is), or do not")
      .flag("--force", args.force, "compare contents when the code is brought");
  add_needs_options(command, args.needs);
}

Result<libre::JobSpec> job_spec(const SubmitArgs& args) {
  libre::JobSpec spec;
  if (args.words.empty() ||
      (args.words.size() == 1 && args.words[0].find_first_not_of(" \t\n") == std::string::npos))
    return Error{Errc::usage, "there is no command to run", {}, "re sync \"python3 train.py\""};
  spec.name = args.name;
  if (args.words.size() == 1 && !args.exact)
    spec.command = args.words[0];
  else
    spec.argv = args.words;
  for (const auto& setting : args.environment) {
    const auto equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Error{Errc::usage,
                   fmt::format("--env cannot be \"{}\"", libre::printable(setting)),
                   {},
                   "--env KEY=VALUE"};
    spec.environment[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return spec;
}

namespace {

// Whether another machine may take the job instead: it is certain that this one has not.
bool is_elsewhere_better(const Error& error, const libre::JobSpec& spec) {
  return error.code == Errc::busy || (spec.gpus > 0 && error.code == Errc::not_found);
}

Result<void> start_where_it_fits(Context& context, const libre::Project& project,
                                 const libre::JobSpec& spec, const libre::Needs& needs,
                                 const Start& start) {
  LIBRE_TRY(const auto fitting, pick(context, needs, &project));
  Error last;
  for (const auto& machine : fitting) {
    const auto taken = [&] {
      if (const auto kept = libre::remember_choice(project, machine.name); !kept)
        context.screen.notice(kept.error().describe());
      context.globals.instance = machine.name;  // for what is told to type next
      context.globals.instance_index.reset();
    };
    auto instance = libre::Instance::connect(machine, context.connect_options());
    const bool reached = instance.has_value();
    auto started = reached ? start(project, *std::move(instance), spec, taken)
                           : Result<void>(std::move(instance).error());
    if (started) return {};
    last = std::move(started).error();
    const bool may_go_on = reached ? is_elsewhere_better(last, spec) : exit_code(last) == 255;
    if (!may_go_on) return last;
    context.screen.notice(fmt::format("not on {}: {}", machine.name, last.message));
  }
  return last;
}

}  // namespace

Result<void> start_job(Context& context, const SubmitArgs& args, libre::JobSpec spec,
                       const Start& start) {
  LIBRE_TRY(const libre::Needs needs, needs_of(args.needs));
  LIBRE_TRY(libre::Project project, context.project_or_init());
  spec.gpus = needs.gpus;
  spec.gpu_memory = needs.gpu_memory;
  spec.project = project.name;
  spec.project_id = project.id;
  spec.log_link = project.log_file_name();
  LIBRE_TRY(const bool choice, context.leaves_the_choice(&project));
  const bool named = !context.globals.instance.empty() || context.globals.instance_index;
  if (!needs.name_patterns.empty() && named && !choice)
    return Error{
        Errc::usage, "--on chooses a machine, and --instance names one", {}, "give one of both"};
  if (choice || !needs.name_patterns.empty())
    return start_where_it_fits(context, project, spec, needs, start);
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  return start(project, std::move(instance), std::move(spec), [] {});
}

Result<Submitted> submit(Context& context, const SubmitArgs& args, libre::JobSpec spec) {
  std::optional<Submitted> submitted;
  const auto start = [&](const libre::Project& project, libre::Instance instance,
                         libre::JobSpec wanted, const Taken& taken) -> Result<void> {
    const auto tell = [&](const libre::SyncReport& report) { tell_sync(context, report); };
    auto job = args.bring ? instance.sync_and_submit(project, {.force = args.force},
                                                     std::move(wanted), tell)
                          : instance.submit(project, std::move(wanted));
    context.screen.clear_progress();
    LIBRE_CHECK(job);
    taken();
    submitted = Submitted{std::move(instance), *std::move(job)};
    return {};
  };
  LIBRE_CHECK(start_job(context, args, std::move(spec), start));
  return *std::move(submitted);
}

std::string job_on(const libre::JobInfo& job, const libre::Instance& instance) {
  return fmt::format("job {} on {}", job.id, instance.config().name);
}

std::string typed_again(const Context& context, std::string command) {
  if (!context.globals.instance.empty())
    command += " --instance " + libre::shell_quote(context.globals.instance);
  if (context.globals.instance_index)
    command += fmt::format(" --instance-idx {}", *context.globals.instance_index);
  return command;
}

Error left_running(const Context& context, const libre::JobInfo& job, Error error,
                   std::string_view verb) {
  if (error.code == Errc::interrupted)
    error.message = fmt::format("detached; job {} goes on", job.id);
  else
    error = std::move(error).wrapped(fmt::format("the output of job {} broke off", job.id));
  error.hint = typed_again(context, fmt::format("re {} {}", verb, job.id));
  return error;
}

int job_code(Screen& screen, const libre::JobInfo& job) {
  if (!job.end) return 0;
  const auto& end = *job.end;
  const std::string name = fmt::format("job {}", job.id);
  if (!end.spawn_error.empty())
    screen.error({Errc::not_found, name + " could not be started", end.spawn_error, {}});
  else if (!end.lost.empty())
    screen.error({Errc::io, name + " is lost: how it ended is not known", end.lost, {}});
  else if (end.signal != 0)
    screen.talk(fmt::format(
        "{} was ended by signal {}{}", name, end.signal,
        end.killed_by.empty() ? "" : ", asked for by " + libre::printable(end.killed_by)));
  tell_log_error(screen, job);
  return end.shell_code();
}

void tell_log_error(Screen& screen, const libre::JobInfo& job) {
  if (!job.end || job.end->log_error.empty()) return;
  screen.notice(fmt::format("the log of job {} is incomplete: {}", job.id, job.end->log_error));
}

}  // namespace cli
