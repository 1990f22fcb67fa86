// re push: single files and directories to the instance.
#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_push(Context& context, const std::vector<std::string>& words,
                     const libre::TransferOptions& options) {
  std::error_code failure;
  const bool exists = words.size() == 1 && std::filesystem::exists(words[0], failure);
  LIBRE_TRY(TransferWords transfer, transfer_words(words, exists, "data/"));
  // Names mean what they mean to the shell that completed them, also below the project's root.
  LIBRE_TRY(const auto here, working_directory());
  for (auto& source : transfer.sources) source = source_from(here, source);
  LIBRE_TRY(const libre::Project project,
            options.dry_run ? context.project() : context.project_or_init());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const auto report,
            instance.push(project, transfer.sources, transfer.destination, options));
  tell(context.screen, report.notes, context.globals.verbose || options.dry_run, "push it again");
  context.screen.talk(summary(report, options.dry_run ? "would send" : "sent"));
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"push", libre::to_json(report)}})));
  if (auto missing = incomplete(report)) return *missing;
  return 0;
}

}  // namespace

void add_push(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto options = std::make_shared<libre::TransferOptions>();
  parser.add("push", "Copy files and directories to the mirror on the instance")
      .words(*words, "SOURCE… [DESTINATION]",
             "SOURCE is a path from here, DESTINATION one in the mirror; data/ where only one "
             "SOURCE is given")
      .completes({"FILE…"})
      .flag("-n,--dry-run", options->dry_run, "only show what would be copied, and why")
      .about(
          "Also as in the original: re push \"SOURCE DESTINATION\". What an interrupted push left\n"
          "is used by the next.")
      .example("re push corpus.txt", "to data/")
      .example("re push x/*.npy y.npy x/", "several, to x/")
      .runs([=](Context& context) { return run_push(context, *words, *options); });
}

}  // namespace cli
