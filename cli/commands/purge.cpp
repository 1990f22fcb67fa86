// re purge: end all live jobs.
#include "cli/commands/commands.hpp"
#include "cli/commands/kill.hpp"
#include "cli/context.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_purge(Context& context, bool everything) {
  const auto project = context.project_if_any();
  if (!project && !everything) {
    // Outside of a project "all" would be more than a person may think of.
    LIBRE_CHECK(context.project());
  }
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  libre::JobFilter filter;
  filter.only_live = true;
  if (!everything) filter.project = project->id;
  LIBRE_TRY(const auto jobs, instance.list(filter));
  std::vector<std::uint64_t> ids;
  for (const auto& job : jobs) ids.push_back(job.id);
  if (ids.empty()) return tell_kills(context, {});
  LIBRE_TRY(const auto reports, instance.kill(ids));
  return tell_kills(context, reports);
}

}  // namespace

void add_purge(Parser& parser) {
  const auto everything = std::make_shared<bool>(false);
  parser.add("purge", "End all live jobs of this project")
      .flag("--everything", *everything, "all of your jobs on the instance, of every project")
      .example("re purge", "all of this project, without a question")
      .example("re purge --everything --instance gpu1", "all of yours there")
      .runs([everything](Context& context) { return run_purge(context, *everything); });
}

}  // namespace cli
