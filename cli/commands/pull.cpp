// re pull: single files and directories from the instance.
#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_pull(Context& context, const std::vector<std::string>& words,
                     const libre::TransferOptions& options) {
  LIBRE_TRY(const libre::Project project, context.project());
  LIBRE_TRY(const TransferWords transfer, transfer_words(words, false, project.root.string()));
  LIBRE_TRY(const auto here, working_directory());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const auto report,
            instance.pull(project, transfer.sources, here / transfer.destination, options));
  tell(context.screen, report.notes, context.globals.verbose || options.dry_run, "pull it again",
       "receive");
  context.screen.talk(summary(report, options.dry_run ? "would receive" : "received"));
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"pull", libre::to_json(report)}})));
  if (auto missing = incomplete(report)) return *missing;
  return 0;
}

}  // namespace

void add_pull(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto options = std::make_shared<libre::TransferOptions>();
  parser.add("pull", "Copy files and directories from the mirror on the instance")
      .words(*words, "SOURCE… [DESTINATION]",
             "SOURCE is a path in the mirror, DESTINATION one from here; the project's own "
             "directory where only one SOURCE is given")
      .completes({"REMOTE…"})
      .flag("-n,--dry-run", options->dry_run, "only show what would be copied, and why")
      .about(
          "Also as in the original: re pull \"SOURCE DESTINATION\". Quote patterns, so that they\n"
          "are matched over there. A name with a space needs a destination.")
      .example("re pull results/ .", "a directory")
      .example("re pull 'runs/*.pt' best/", "what matches over there")
      .runs([=](Context& context) { return run_pull(context, *words, *options); });
}

}  // namespace cli
