#include "cli/context.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/pick.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

Result<void> Context::apply_globals() {
  screen.set({globals.quiet, globals.verbose, globals.json, globals.color});
  if (globals.color != "auto" && globals.color != "always" && globals.color != "never")
    return Error{Errc::usage,
                 fmt::format("--color cannot be \"{}\"", globals.color),
                 {},
                 "--color auto, always or never"};
  if (globals.timeout && !(*globals.timeout > 0 && *globals.timeout <= 1e6))
    return Error{Errc::usage, "--timeout needs a number of seconds above 0", {}, "--timeout 20"};
  if (!globals.instance.empty() && globals.instance_index)
    return Error{
        Errc::usage, "--instance and --instance-idx say the same thing", {}, "give one of both"};
  return {};
}

Result<libre::Project> Context::project() const {
  LIBRE_TRY(libre::Project project, libre::find_project("."));
  if (!globals.remote_home.empty()) project.remote_home = globals.remote_home;
  return project;
}

std::optional<libre::Project> Context::project_if_any() const {
  auto found = project();
  if (!found) return std::nullopt;
  return std::move(*found);
}

Result<libre::Project> Context::project_or_init() {
  auto found = project();
  if (found || found.error().code != Errc::not_found) return found;
  LIBRE_TRY(libre::Project made, libre::init_project(".", {}));
  project_is_new_ = true;
  screen.talk(fmt::format("{} is now a project (its .recompute/ was made, as re init would)",
                          made.root.string()));
  if (!globals.remote_home.empty()) made.remote_home = globals.remote_home;
  return made;
}

std::string Context::selector(const libre::Config& config, const libre::Project* project) const {
  if (globals.instance_index) return std::to_string(*globals.instance_index);
  if (!globals.instance.empty()) return globals.instance;
  if (project && !project->instance.empty()) return project->instance;
  return config.default_instance == libre::auto_instance ? libre::auto_instance : "";
}

Result<bool> Context::leaves_the_choice(const libre::Project* project) const {
  LIBRE_TRY(const libre::Config config, libre::load_config());
  return selector(config, project) == libre::auto_instance;
}

Result<libre::InstanceConfig> Context::chosen_before(const libre::Config& config,
                                                     const libre::Project* project) {
  if (!project)
    return Error{Errc::usage,
                 "auto chooses a machine for a project, and here is none",
                 {},
                 "name the machine: --instance NAME"};
  if (const auto last = libre::last_choice(*project); !last.empty())
    return libre::find_instance(config, last);
  LIBRE_TRY(auto fitting, pick(*this, {}, project));
  screen.notice(fmt::format("{} was chosen for this project", fitting.front().name));
  LIBRE_CHECK(libre::remember_choice(*project, fitting.front().name));
  return std::move(fitting.front());
}

Result<libre::InstanceConfig> Context::instance(const libre::Project* project) {
  LIBRE_TRY(const libre::Config config, libre::load_config());
  const bool first_time = !std::exchange(configuration_told_, true);
  if (first_time)
    for (const auto& warning : config.warnings) screen.notice(warning);
  const std::string wanted = selector(config, project);
  LIBRE_TRY(libre::InstanceConfig instance, wanted == libre::auto_instance
                                                ? chosen_before(config, project)
                                                : libre::find_instance(config, wanted));
  if (!globals.remote_home.empty()) instance.remote_home = globals.remote_home;
  const bool nobody_chose = wanted.empty() && config.default_instance != "local";
  // Told where a project begins, and outside of projects; not with every command of each day.
  const bool beginning = !project || project_is_new_;
  if (first_time && beginning && nobody_chose && instance.local && !globals.json)
    screen.notice(
        "no machine is configured, so local (this one) is used; re sshadd --instance user@host "
        "adds one");
  return instance;
}

libre::ConnectOptions Context::connect_options() {
  libre::ConnectOptions options;
  if (globals.timeout) {
    options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(*globals.timeout * 1000));
    options.give_up = options.timeout;
  }
  options.observer = &screen;
  options.prompter = TerminalPrompter::available() ? &prompter : nullptr;
  options.stop = &signals.stop();
  options.trace = globals.verbose;
  return options;
}

libre::ProbeOptions Context::probe_options() {
  libre::ProbeOptions options;
  if (globals.timeout)
    options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(*globals.timeout * 1000));
  options.stop = &signals.stop();
  options.trace = globals.verbose;
  return options;
}

Result<libre::Instance> Context::connect(const libre::Project* project) {
  LIBRE_TRY(const libre::InstanceConfig config, instance(project));
  return libre::Instance::connect(config, connect_options());
}

}  // namespace cli
