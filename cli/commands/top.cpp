// re top: all machines on one screen.
#include "cli/commands/commands.hpp"
#include "cli/live_view.hpp"
#include "cli/pick.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/machines.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct TopOptions {
  std::vector<std::string> names{};
  std::optional<double> every{};
};

Result<std::vector<libre::InstanceConfig>> chosen(const std::vector<std::string>& names) {
  if (names.empty()) return all_instances();
  LIBRE_TRY(const libre::Config config, libre::load_config());
  std::vector<libre::InstanceConfig> machines;
  for (const auto& name : names) {
    LIBRE_TRY(auto machine, libre::find_instance(config, name));
    machines.push_back(std::move(machine));
  }
  return machines;
}

Result<int> run_top(Context& context, const TopOptions& args) {
  const double every = args.every.value_or(1);
  if (!(every >= 0.1 && every <= 1e6))
    return Error{Errc::usage, "--every needs a number of seconds above 0", {}, "--every 1"};
  auto names = args.names;
  if (!context.globals.instance.empty()) names.push_back(context.globals.instance);
  LIBRE_TRY(auto machines, chosen(names));
  auto options = context.probe_options();
  const auto project = context.project_if_any();
  if (project) options.project = &*project;
  if (context.screen.out_is_terminal() && !context.globals.json)
    return show_live(context, std::move(machines), options,
                     std::chrono::milliseconds(static_cast<std::int64_t>(every * 1000)));
  LIBRE_TRY(const auto reports, libre::probe_machines(machines, options));
  LIBRE_CHECK(context.screen.out(context.globals.json
                                     ? json_document({{"machines", json_array(reports)}})
                                     : machine_table(reports, 0).table.render(0)));
  return 0;
}

}  // namespace

void add_top(Parser& parser) {
  const auto args = std::make_shared<TopOptions>();
  parser.add("top", "Watch all machines on one screen")
      .words(args->names, "[INSTANCE…]", "whom to watch (all that are configured)")
      .completes({"INSTANCE…"})
      .option("--every", args->every, "SECONDS", "how often each machine is asked (1)")
      .about(
          "q or Ctrl-C ends it. A machine that is slow or away holds up no other; its row says "
          "so.\n"
          "Where stdout is no terminal it prints one table and ends.")
      .example("re top", "GPUs, who uses them, load and disk of all machines")
      .runs([args](Context& context) { return run_top(context, *args); });
}

}  // namespace cli
