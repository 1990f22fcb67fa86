#include "cli/commands/submit.hpp"

#include <fmt/format.h>

#include <libre/text.hpp>

#include "cli/commands/report.hpp"

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

Result<Place> find_place(Context& context, libre::JobSpec& spec) {
  LIBRE_TRY(libre::Project project, context.project_or_init());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  spec.project = project.name;
  spec.project_id = project.id;
  spec.log_link = project.log_file_name();
  return Place{std::move(project), std::move(instance)};
}

Result<Submitted> submit(Context& context, const SubmitArgs& args, libre::JobSpec spec) {
  LIBRE_TRY(Place place, find_place(context, spec));
  auto& [project, instance] = place;
  const auto tell = [&](const libre::SyncReport& report) { tell_sync(context, report); };
  auto job = args.bring
                 ? instance.sync_and_submit(project, {.force = args.force}, std::move(spec), tell)
                 : instance.submit(project, std::move(spec));
  context.screen.clear_progress();
  LIBRE_CHECK(job);
  return Submitted{std::move(instance), *std::move(job)};
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
