// re install: the packages that the project needs, in an environment of its own over there.
#include "cli/commands/commands.hpp"
#include "cli/commands/environment.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

struct InstallOptions {
  std::vector<std::string> words{};
  libre::InstallOptions options{};
};

Result<int> run_install(Context& context, const InstallOptions& args) {
  LIBRE_TRY(const libre::Project project, context.project_or_init());
  LIBRE_TRY(const auto installed, install_packages(context, project, args.words, args.options));
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(
        json_document({{"source", json_string(libre::name_of(installed.wanted.source))},
                       {"environment", libre::to_json(installed.environment)}})));
  return 0;
}

}  // namespace

void add_install(Parser& parser) {
  const auto args = std::make_shared<InstallOptions>();
  parser.add("install", "Install what the project needs, or more packages, on the instance")
      .words(args->words, "[PACKAGE…]",
             "PACKAGE  as in a requirements file: \"torch>=2\"; kept for this project")
      .flag("--force", args->options.rebuild, "make the environment anew, even if it is ready")
      .flag("--via-laptop", args->options.via_laptop,
            "fetch the packages here and bring them, for a machine without internet")
      .about(
          "Installs what uv.lock, environment.yml, requirements.txt, pyproject.toml or setup.cfg "
          "say, the\n"
          "first of them that is there; re init writes a requirements.txt where none is. Jobs of "
          "the\n"
          "project then find these packages by themselves. It is a job: it goes on when the "
          "connection\n"
          "breaks, and Ctrl-C ends it and leaves nothing behind. Where nothing has changed it "
          "takes one\n"
          "round trip. Named packages go to .recompute/packages.")
      .example("re install", "what the project's files say")
      .example("re install \"torch>=2 tqdm\"", "and these")
      .example("re install --via-laptop", "where only this machine has internet")
      .runs([args](Context& context) { return run_install(context, *args); });
}

}  // namespace cli
