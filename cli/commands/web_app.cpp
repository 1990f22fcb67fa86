#include "cli/commands/web_app.hpp"

#include <fmt/format.h>

#include "cli/commands/environment.hpp"
#include "cli/commands/report.hpp"
#include "cli/commands/submit.hpp"
#include "cli/ui/json.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::OpenWebApp;
using libre::Result;
using libre::WebApp;

namespace {

Result<OpenWebApp> open(Context& context, const libre::Project& project, const WebApp& app,
                        const WebAppArgs& args) {
  LIBRE_TRY(const auto config, context.instance(&project));
  libre::WebAppOptions settings;
  settings.port = static_cast<int>(args.port.value_or(0));
  settings.background = args.background;
  settings.synced = [&](const libre::SyncReport& report) { tell_sync(context, report); };
  auto opened = OpenWebApp::open(config, context.connect_options(), project, app, settings);
  context.screen.clear_progress();
  return opened;
}

Result<OpenWebApp> open_or_install(Context& context, const libre::Project& project,
                                   const WebApp& app, const WebAppArgs& args) {
  auto opened = open(context, project, app, args);
  if (opened || opened.error().code != Errc::not_found || !TerminalPrompter::available())
    return opened;
  context.screen.talk(opened.error().message);
  LIBRE_TRY(const bool yes,
            context.prompter.confirm(fmt::format("Install {} there now?", app.package)));
  if (!yes) return opened;
  // Into the project's environment, as re install does: that is where its jobs look, this one as well.
  LIBRE_CHECK(install_packages(context, project, {app.package}, {}));
  return open(context, project, app, args);
}

Result<void> show(Context& context, const OpenWebApp& opened, const WebApp& app,
                  const WebAppArgs& args) {
  const auto& forward = opened.forward();
  if (context.globals.json)
    return context.screen.out(json_document({{"url", json_string(opened.url())},
                                             {"job", libre::to_json(opened.job())},
                                             {"forward", libre::to_json(forward)}}));
  context.screen.talk(fmt::format("{} {} as job {} on {}", app.title,
                                  opened.was_running() ? "goes on" : "runs", opened.job().id,
                                  forward.instance));
  LIBRE_CHECK(context.screen.out(opened.url() + "\n"));
  if (args.background)
    context.screen.talk("end it with: " +
                        typed_again(context, fmt::format("re kill {}", opened.job().id)));
  else
    context.screen.talk("Ctrl-C ends it");
  if (args.browser && !libre::open_in_browser(opened.url()))
    context.screen.status("there is no browser to open it in");
  return {};
}

Result<int> stay(Context& context, OpenWebApp& opened, const WebApp& app) {
  const auto ended = opened.run();
  context.screen.clear_progress();
  if (ended && *ended) {
    context.screen.talk(fmt::format("{} has ended", app.title));
    return 0;
  }
  context.signals.stop().clear();
  auto killed = opened.end();
  if (!killed) {
    auto error = std::move(killed).error().wrapped(
        fmt::format("job {} could not be ended, and goes on", opened.job().id));
    error.hint = typed_again(context, fmt::format("re kill {}", opened.job().id));
    return error;
  }
  LIBRE_CHECK(ended);
  context.screen.talk(fmt::format("ended {} (job {})", app.title, opened.job().id));
  return 0;
}

}  // namespace

void add_web_app_options(Command& command, WebAppArgs& args) {
  command.option("--port", args.port, "PORT", "the port here, and no other one")
      .flag("--run-async", args.background, "leave it running, with its port")
      .flag("--browser,!--no-browser", args.browser, "open it in a browser (it is, on a desktop)");
}

Result<int> run_web_app(Context& context, const WebApp& app, const WebAppArgs& args) {
  if (args.port && (*args.port < 1 || *args.port > 65535))
    return Error{Errc::usage, "--port needs a number from 1 to 65535", {}, "--port 8888"};
  LIBRE_TRY(const auto project, context.project_or_init());
  LIBRE_TRY(auto opened, open_or_install(context, project, app, args));
  LIBRE_CHECK(show(context, opened, app, args));
  if (args.background) return 0;
  // Another process holds the forward: this one only ends it with the app, when it is asked to.
  if (opened.forward().background) {
    context.screen.talk("it was left running before, and goes on; re kill ends it");
    return 0;
  }
  return stay(context, opened, app);
}

}  // namespace cli
