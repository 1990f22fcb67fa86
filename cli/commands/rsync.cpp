// re rsync: bring the code there, nothing else.
#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_rsync(Context& context, const libre::SyncOptions& options) {
  // A dry run changes nothing, so it makes no project either.
  LIBRE_TRY(const libre::Project project,
            options.dry_run ? context.project() : context.project_or_init());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const libre::SyncReport report, bring_code(context, instance, project, options));
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"sync", libre::to_json(report)}})));
  return 0;
}

}  // namespace

void add_rsync(Parser& parser) {
  const auto args = std::make_shared<libre::SyncOptions>();
  parser.add("rsync", "Bring the code to the instance")
      .flag("--force", args->force, "compare contents, even where size and time say unchanged")
      .flag("-n,--dry-run", args->dry_run, "only show what would be sent and deleted, and why")
      .about(
          "Everything that git would not ignore goes there, and .recompute/include and\n"
          ".recompute/exclude have the last word. data/ stays here. Files are deleted there only\n"
          "where re once put them.")
      .example("re rsync", "bring what has changed")
      .example("re rsync --dry-run", "see it first")
      .runs([args](Context& context) { return run_rsync(context, *args); });
}

}  // namespace cli
