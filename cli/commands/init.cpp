// re init: make this directory a project, bring it to the instance, and install what it needs there.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/environment.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

struct InitOptions {
  std::string name{};
  bool force = false, install = true;
  libre::InstallOptions options{};
};

libre::InitOptions init_options(const Context& context, const InitOptions& args) {
  libre::InitOptions options;
  options.name = args.name;
  options.instance = context.globals.instance;
  options.remote_home = context.globals.remote_home;
  if (context.globals.instance_index)
    options.instance = std::to_string(*context.globals.instance_index);
  return options;
}

Result<int> run_init(Context& context, const InitOptions& args) {
  // Before anything is made: an instance that does not exist must not be stored.
  std::error_code failure;
  const auto around = context.project_if_any();
  const bool made_before = around && std::filesystem::equivalent(around->root, ".", failure);
  const libre::Project* before = made_before ? &*around : nullptr;
  LIBRE_TRY(const bool choice, context.leaves_the_choice(before));
  if (!choice) LIBRE_CHECK(context.instance(before));
  LIBRE_TRY(libre::Project project, libre::init_project(".", init_options(context, args)));
  context.screen.talk(fmt::format("{} is the project \"{}\"", project.root.string(), project.name));
  libre::Dependencies wanted;
  libre::RequirementsReport requirements;
  if (args.install || args.force) {
    LIBRE_TRY(requirements, settle_requirements(context, project, args.force));
  }
  if (args.install) {
    LIBRE_TRY(const auto config, context.instance(&project));
    LIBRE_TRY(wanted, libre::read_dependencies(project, config));
  }
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const auto prepared,
            bring_environment(context, instance, project, wanted, args.options));
  context.screen.talk(
      fmt::format("it is on {} as {}", instance.config().describe(), prepared.mirror));
  if (context.globals.json)
    LIBRE_CHECK(
        context.screen.out(json_document({{"project", json_string(project.name)},
                                          {"root", json_string(project.root.string())},
                                          {"instance", json_string(instance.config().describe())},
                                          {"mirror", json_string(prepared.mirror)},
                                          {"sync", libre::to_json(prepared.sync)},
                                          {"requirements", libre::to_json(requirements)},
                                          {"environment", libre::to_json(prepared.environment)}})));
  return 0;
}

}  // namespace

void add_init(Parser& parser) {
  const auto args = std::make_shared<InitOptions>();
  parser.add("init", "Make this directory a project and bring it to the instance")
      .option("--name", args->name, "NAME", "the project's name; the directory's otherwise")
      .flag("--install,!--no-install", args->install,
            "install what it needs there (it is), or do not")
      .flag("--force", args->force, "write a requirements.txt of ours anew, from the imports")
      .flag("--via-laptop", args->options.via_laptop,
            "fetch packages here, for a machine without internet")
      .about(
          "Makes .recompute/ here, and the mirror of the code over there. With --instance the\n"
          "machine is remembered for this project, with --remote-home the place there. Then the\n"
          "packages that the project needs are installed there, as re install does; where none of\n"
          "its files names them, its imports do, and requirements.txt is written. A file of yours "
          "is\n"
          "never changed. Doing it again changes only what you name.")
      .example("re init", "on the default instance")
      .example("re init --instance gpu1", "on this one, from now on")
      .runs([args](Context& context) { return run_init(context, *args); });
}

}  // namespace cli
