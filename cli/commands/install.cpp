// re install: the packages that the project needs, in an environment of its own over there.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/environment.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

struct Args {
  std::vector<std::string> words{};
  libre::InstallOptions options{};
};

Result<int> tell_program(Context& context, const libre::Dependencies& wanted,
                         const libre::EnvironmentInfo& environment) {
  if (!context.globals.json) return 0;
  LIBRE_CHECK(
      context.screen.out(json_document({{"source", json_string(libre::name_of(wanted.source))},
                                        {"environment", libre::to_json(environment)}})));
  return 0;
}

Result<int> run_install(Context& context, const Args& args) {
  LIBRE_TRY(const libre::Project project, context.project_or_init());
  std::optional<std::string> packages;
  if (!args.words.empty()) {
    LIBRE_TRY(packages, libre::packages_with(project, args.words));
  }
  LIBRE_CHECK(settle_requirements(context, project, false));
  LIBRE_TRY(const auto config, context.instance(&project));
  LIBRE_TRY(const auto wanted, libre::read_dependencies(project, config, packages));
  if (wanted.empty()) {
    context.screen.talk(
        "there is nothing to install: the project has no requirements, and imports no package");
    return tell_program(context, wanted, {});
  }
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const auto prepared,
            bring_environment(context, instance, project, wanted, args.options));
  // Only what could be installed is remembered: a name that nobody has would stop each later install.
  if (packages) LIBRE_CHECK(libre::write_packages(project, *packages));
  return tell_program(context, wanted, prepared.environment);
}

}  // namespace

void add_install(Parser& parser) {
  const auto args = std::make_shared<Args>();
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
