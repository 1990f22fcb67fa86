// re init: make this directory a project and bring it to the instance.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_init(Context& context, const std::string& name) {
  libre::InitOptions options;
  options.name = name;
  options.instance = context.globals.instance;
  options.remote_home = context.globals.remote_home;
  if (context.globals.instance_index)
    options.instance = std::to_string(*context.globals.instance_index);
  // Before anything is made: an instance that does not exist must not be stored.
  std::error_code failure;
  const auto around = context.project_if_any();
  const bool made_before = around && std::filesystem::equivalent(around->root, ".", failure);
  const libre::Project* before = made_before ? &*around : nullptr;
  LIBRE_TRY(const bool choice, context.leaves_the_choice(before));
  if (!choice) LIBRE_CHECK(context.instance(before));
  LIBRE_TRY(libre::Project project, libre::init_project(".", options));
  context.screen.talk(fmt::format("{} is the project \"{}\"", project.root.string(), project.name));
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const libre::SyncReport report, bring_code(context, instance, project, {}));
  LIBRE_TRY(const std::string mirror, instance.mirror(project));
  context.screen.talk(fmt::format("it is on {} as {}", instance.config().describe(), mirror));
  context.screen.talk(
      "dependencies are not installed by this version; until then: "
      "re sync \"python3 -m pip install --user -r requirements.txt\"");
  if (context.globals.json)
    LIBRE_CHECK(
        context.screen.out(json_document({{"project", json_string(project.name)},
                                          {"root", json_string(project.root.string())},
                                          {"instance", json_string(instance.config().describe())},
                                          {"mirror", json_string(mirror)},
                                          {"sync", libre::to_json(report)}})));
  return 0;
}

}  // namespace

void add_init(Parser& parser) {
  const auto name = std::make_shared<std::string>();
  parser.add("init", "Make this directory a project and bring it to the instance")
      .option("--name", *name, "NAME", "the project's name; the directory's otherwise")
      .about(
          "Makes .recompute/ here, and the mirror of the code over there. With --instance the\n"
          "machine is remembered for this project, with --remote-home the place there. Doing it "
          "again changes only what you name.")
      .example("re init", "on the default instance")
      .example("re init --instance gpu1", "on this one, from now on")
      .runs([name](Context& context) { return run_init(context, *name); });
}

}  // namespace cli
