// re list: the jobs of this project, or outside of one all jobs of the instance.
#include "cli/commands/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"

namespace cli {

using libre::Result;

std::string command_of(const libre::JobSpec& spec) {
  // What re starts itself may be a script of ours; what follows tells more: "notebook 8888 …".
  const auto& argv = spec.argv;
  if (!spec.kind.empty() && argv.size() > 3 && argv[0] == "sh" && argv[1] == "-c")
    return libre::shell_quote(std::vector<std::string>(argv.begin() + 3, argv.end()));
  return spec.command.empty() ? libre::shell_quote(spec.argv) : spec.command;
}

namespace {

std::string exit_text(const libre::JobInfo& job) {
  if (!job.end || !job.end->lost.empty()) return "";
  if (!job.end->spawn_error.empty()) return "not started";
  return job.end->signal != 0 ? fmt::format("signal {}", job.end->signal)
                              : std::to_string(job.end->code);
}

std::vector<std::string> row_of(const libre::JobInfo& job, double now) {
  const double end = job.end ? job.end->ended : now;
  return {std::to_string(job.id),
          job.spec.name,
          libre::name_of(job.state),
          job.pid > 0 ? std::to_string(job.pid) : "",
          job.started > 0 ? libre::local_time(job.started) : "",
          job.started > 0 ? libre::human_seconds(std::max(0.0, end - job.started)) : "",
          exit_text(job),
          command_of(job.spec)};
}

struct ListOptions {
  bool all = false, force = false;
};

Result<int> run_list(Context& context, const ListOptions& args) {
  const auto project = context.project_if_any();
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  libre::JobFilter filter;
  if (project) filter.project = project->id;
  if (!args.all) filter.limit = 10;
  LIBRE_TRY(auto jobs, instance.list(filter));
  if (context.globals.json) {
    LIBRE_CHECK(context.screen.out(json_document({{"jobs", json_array(jobs)}})));
    return 0;
  }
  if (jobs.empty()) {
    context.screen.talk(
        fmt::format("no jobs {}on {}", project ? "of this project " : "", instance.config().name));
    return 0;
  }
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  LIBRE_CHECK(context.screen.out(job_table(jobs, now, false).render(context.screen.width())));
  return 0;
}

}  // namespace

Table job_table(const std::vector<libre::JobInfo>& jobs, double now, bool with_all) {
  Table table({{with_all ? "Index" : "ID", true},
               {"Name", false, true},
               {"State"},
               {"PID", true},
               {"Started"},
               {"Time", true},
               {"Exit", true},
               {"Command", false, true}});
  if (with_all) table.add({"0", "all", "", "*"});
  for (const auto& job : jobs) table.add(row_of(job, now));
  return table;
}

void add_list(Parser& parser) {
  const auto args = std::make_shared<ListOptions>();
  parser.add("list", "Show the jobs of this project")
      .flag("-a,--all", args->all, "also those that ended long ago, not only the last 10")
      .flag("--force", args->force, "as in the original; the list is always fresh")
      .about("Outside of a project it shows all of your jobs on the instance.")
      .example("re list", "what runs, and what ran last")
      .example("re list --all --json", "everything, for programs")
      .runs([args](Context& context) { return run_list(context, *args); });
}

}  // namespace cli
