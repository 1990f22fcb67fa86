// re ssh: a shell in the mirror.
#include "cli/commands/commands.hpp"
#include "cli/context.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_ssh(Context& context) {
  if (!TerminalPrompter::available())
    return libre::Error{libre::Errc::usage,
                        "re ssh needs a terminal on stdin",
                        {},
                        "run a command instead: re sync --no-rsync \"COMMAND\""};
  LIBRE_TRY(const libre::Project project, context.project());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const std::string mirror, instance.mirror(project));
  return instance.shell(mirror, project.id);
}

}  // namespace

void add_ssh(Parser& parser) {
  parser.add("ssh", "Open a shell in the mirror on the instance")
      .about(
          "It is your login shell, in the project's Python environment where it has one, as its "
          "jobs are. What zsh and tcsh read at their start may put another Python in front.")
      .example("re ssh", "in the project's directory there")
      .example("re ssh --instance gpu1", "on this machine")
      .runs([](Context& context) { return run_ssh(context); });
}

}  // namespace cli
