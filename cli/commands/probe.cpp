// re probe: what the machines have, and how busy they are.
#include <fmt/format.h>

#include <algorithm>

#include <libre/probe.hpp>

#include "cli/commands/commands.hpp"
#include "cli/live_view.hpp"
#include "cli/needs.hpp"
#include "cli/pick.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/machines.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::MachineReport;
using libre::Result;

constexpr double remembered_for = 60;  // seconds that an answer is as good as a new one

struct ProbeOptions {
  std::vector<std::string> names{};
  NeedsArgs needs{};
  std::optional<double> every{}, wait{};
  bool force = false, watch = false, why = false;
};

Result<std::vector<libre::InstanceConfig>> chosen(Context& context, const ProbeOptions& args,
                                                  const libre::Needs& needs) {
  auto names = args.names;
  if (!context.globals.instance.empty()) names.push_back(context.globals.instance);
  if (context.globals.instance_index)
    names.push_back(std::to_string(*context.globals.instance_index));
  std::vector<libre::InstanceConfig> machines;
  if (names.empty()) {
    LIBRE_TRY(machines, all_instances());
  } else {
    LIBRE_TRY(const libre::Config config, libre::load_config());
    for (const auto& name : names) {
      LIBRE_TRY(auto machine, libre::find_instance(config, name));
      machines.push_back(std::move(machine));
    }
  }
  for (auto& machine : machines)
    if (!context.globals.remote_home.empty()) machine.remote_home = context.globals.remote_home;
  machines = libre::matching(machines, needs);
  if (machines.empty())
    return Error{
        Errc::not_found, "--on names no instance that there is", {}, "re probe lists them"};
  return machines;
}

Table order_table(const std::vector<libre::Candidate>& order) {
  Table table({{"Rank", true}, {"Machine", false, true}, {"Fits"}, {"Because", false, true}});
  std::size_t rank = 0;
  for (const auto& candidate : order) {
    std::string why;
    for (const auto& reason : candidate.reasons) why += (why.empty() ? "" : "; ") + reason;
    table.add({candidate.fits ? std::to_string(++rank) : "-", candidate.name,
               candidate.fits ? "yes" : "no", why});
  }
  return table;
}

Result<void> show(Context& context, const ProbeOptions& args,
                  const std::vector<MachineReport>& reports, const libre::Needs& needs) {
  const auto order = libre::choose(reports, needs);
  auto& screen = context.screen;
  if (context.globals.json) {
    std::vector<std::pair<std::string, std::string>> fields = {{"machines", json_array(reports)}};
    if (args.why) fields.emplace_back("order", json_array(order));
    return screen.out(json_document(fields));
  }
  if (args.why) return screen.out(order_table(order).render(screen.width()));
  std::string text;
  for (const auto& line : machine_lines(reports, screen.width(), screen.colour()))
    text += line + "\n";
  LIBRE_CHECK(screen.out(text));
  for (const auto& note : machine_notes(reports)) screen.notice(note);
  if (std::any_of(reports.begin(), reports.end(), [](const auto& one) { return one.remembered; }))
    screen.talk("some answers are up to a minute old (Age); re probe --force asks anew");
  return {};
}

Result<int> run_probe(Context& context, const ProbeOptions& args) {
  LIBRE_TRY(const auto needs, needs_of(args.needs));
  if (args.every && !(*args.every >= 0.1 && *args.every <= 1e6))
    return Error{Errc::usage, "--every needs a number of seconds above 0", {}, "--every 2"};
  LIBRE_TRY(auto machines, chosen(context, args, needs));
  if (args.wait && !(*args.wait >= 0 && *args.wait <= 1e6))
    return Error{Errc::usage, "--wait needs a number of seconds", {}, "--wait 10"};
  auto options = context.probe_options();
  if (args.wait)
    options.silence = std::chrono::milliseconds(static_cast<std::int64_t>(*args.wait * 1000));
  const auto project = context.project_if_any();
  if (project) options.project = &*project;
  if (args.watch)
    return show_live(
        context, std::move(machines), options,
        std::chrono::milliseconds(static_cast<std::int64_t>(args.every.value_or(2) * 1000)));
  options.max_age = args.force ? 0 : remembered_for;
  std::size_t answers = 0;
  const auto count = [&](const MachineReport&) {
    context.screen.progress({.what = "asking",
                             .files_done = ++answers,
                             .files_total = machines.size(),
                             .counted = "machines"});
  };
  const auto reports = libre::probe_machines(machines, options, count);
  context.screen.clear_progress();
  LIBRE_CHECK(reports);
  LIBRE_CHECK(show(context, args, *reports, needs));
  const bool any = std::any_of(reports->begin(), reports->end(),
                               [](const auto& one) { return one.is_active(); });
  return any ? 0 : 255;
}

}  // namespace

void add_probe(Parser& parser) {
  const auto args = std::make_shared<ProbeOptions>();
  Command& command = parser.add("probe", "Show what the machines have and how busy they are");
  command.words(args->names, "[INSTANCE…]", "whom to ask (all that are configured)")
      .completes({"INSTANCE…"})
      .flag("--force", args->force, "ask anew; answers of the last minute are shown again else")
      .flag("--watch", args->watch, "go on until Ctrl-C, as re top does")
      .option("--wait", args->wait, "SECONDS",
              "how long one that says nothing is waited for when all others have answered (0.7)")
      .option("--every", args->every, "SECONDS", "how often --watch asks (2)")
      .flag("--why", args->why, "in which order machines are chosen for a job, and why");
  add_needs_options(command, args->needs);
  command
      .about(
          "All are asked at once, each for at most --timeout (10) seconds; a password is never "
          "asked "
          "for.\n"
          "GPU (MB) is free and total memory of each GPU, Disk (MB) is free where projects live "
          "there.\n"
          "Ends with 0, or with 255 where no machine answers.")
      .example("re probe", "all machines")
      .example("re probe gpu1 --force --json", "one of them, now, for programs")
      .example("re probe --why --gpus 2 --gpu-mem 20G", "which machine --instance auto takes")
      .runs([args](Context& context) { return run_probe(context, *args); });
}

}  // namespace cli
