// What a command works with: the options of every command, the screen, and the way to a machine.
#pragma once
#include <optional>

#include <libre/client.hpp>
#include <libre/probe.hpp>

#include "cli/parser.hpp"
#include "cli/signals.hpp"
#include "cli/ui/prompt.hpp"
#include "cli/ui/screen.hpp"

namespace cli {

class Context {
 public:
  Globals globals;
  Screen screen;
  Signals signals;
  TerminalPrompter prompter{screen, signals};
  const Parser* parser = nullptr;  // for `re man`

  // Carries the options to the screen; refuses values that make no sense.
  libre::Result<void> apply_globals();

  // The project around the working directory, with --remote-home put in. Changes nothing.
  libre::Result<libre::Project> project() const;
  std::optional<libre::Project> project_if_any() const;
  // The same for commands that bring files: where there is none, makes one here and says so.
  libre::Result<libre::Project> project_or_init();

  // The instance meant: --instance, --instance-idx, the project's, the configuration's default. The
  // first call also tells the configuration's warnings, and where `local` is used for want of others.
  // Where it is `auto`, the one that the project's last job went to; where there was none, the one that
  // fits best now.
  libre::Result<libre::InstanceConfig> instance(const libre::Project* project);
  // Whether that is `auto`.
  libre::Result<bool> leaves_the_choice(const libre::Project* project) const;
  libre::ConnectOptions connect_options();
  libre::ProbeOptions probe_options();  // without a project
  libre::Result<libre::Instance> connect(const libre::Project* project);

 private:
  std::string selector(const libre::Config& config, const libre::Project* project) const;
  libre::Result<libre::InstanceConfig> chosen_before(const libre::Config& config,
                                                     const libre::Project* project);
  bool configuration_told_ = false;
  bool project_is_new_ = false;  // made by this very command
};

}  // namespace cli
