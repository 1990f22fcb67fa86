#include "cli/commands/environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <libre/text.hpp>

#include "cli/commands/report.hpp"
#include "cli/commands/submit.hpp"

namespace cli {

using libre::Result;

namespace {

// The names of those that `wanted` is true for: "numpy, Pillow".
std::string names(const libre::ScanReport& scan, auto&& wanted) {
  std::string text;
  for (const auto& package : scan.packages)
    if (wanted(package)) text += (text.empty() ? "" : ", ") + libre::printable(package.requirement);
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + libre::printable(word);
  return text;
}

void tell(Context& context, const libre::RequirementsReport& report) {
  Screen& screen = context.screen;
  for (const auto& file : report.scan.unreadable)
    screen.notice("cannot be looked into for imports: " + libre::printable(file));
  if (!report.scan.unresolved.empty())
    screen.notice("no package is known for these imports: " + joined(report.scan.unresolved));
  if (report.written) {
    const auto all = names(report.scan, [](const auto& package) { return !package.optional; });
    screen.talk("requirements.txt was written from the imports: " +
                (all.empty() ? "nothing is needed" : all));
    const auto guessed = names(
        report.scan, [](const auto& package) { return package.guessed && !package.optional; });
    if (!guessed.empty())
      screen.notice("these are guessed from the name of the import, look whether they are right: " +
                    guessed);
  } else if (!report.missing.empty()) {
    screen.notice(
        fmt::format("requirements.txt does not name what is imported: {}; re init --force "
                    "writes it anew",
                    joined(report.missing)));
  }
}

void tell(Screen& screen, const libre::EnvironmentInfo& environment) {
  screen.talk(fmt::format("the environment is ready: Python {}, {}", environment.python,
                          libre::printable(environment.directory)));
}

}  // namespace

Result<libre::RequirementsReport> settle_requirements(Context& context,
                                                      const libre::Project& project, bool refresh) {
  LIBRE_TRY(auto report, libre::write_requirements(project, {.refresh = refresh}));
  tell(context, report);
  return report;
}

Result<libre::Prepared> bring_environment(Context& context, libre::Instance& instance,
                                          const libre::Project& project,
                                          const libre::Dependencies& wanted,
                                          const libre::InstallOptions& options) {
  auto brought = instance.prepare(project, wanted, {});
  context.screen.clear_progress();
  LIBRE_TRY(libre::Prepared prepared, std::move(brought));
  tell_sync(context, prepared.sync);
  if (wanted.empty()) return prepared;
  if (prepared.environment.ready && !options.rebuild) {
    tell(context.screen, prepared.environment);
    return prepared;
  }
  const auto begin = [&](const libre::JobInfo& job) {
    context.screen.talk(job_on(job, instance) + " makes the environment");
  };
  const auto show = [&](const libre::LogChunk& chunk) -> Result<void> {
    if (context.globals.quiet) return {};
    return context.screen.out_to(STDERR_FILENO, chunk.bytes);
  };
  LIBRE_TRY(prepared.environment, instance.install(project, wanted, options, show, begin));
  tell(context.screen, prepared.environment);
  return prepared;
}

Result<Installed> install_packages(Context& context, const libre::Project& project,
                                   const std::vector<std::string>& words,
                                   const libre::InstallOptions& options) {
  std::optional<std::string> packages;
  if (!words.empty()) {
    LIBRE_TRY(packages, libre::packages_with(project, words));
  }
  LIBRE_CHECK(settle_requirements(context, project, false));
  LIBRE_TRY(const auto config, context.instance(&project));
  Installed installed;
  LIBRE_TRY(installed.wanted, libre::read_dependencies(project, config, packages));
  if (installed.wanted.empty()) {
    context.screen.talk(
        "there is nothing to install: the project has no requirements, and imports no package");
    return installed;
  }
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(auto prepared,
            bring_environment(context, instance, project, installed.wanted, options));
  installed.environment = std::move(prepared.environment);
  // Only what could be installed is remembered: a name that nobody has would stop each later install.
  if (packages) LIBRE_CHECK(libre::write_packages(project, *packages));
  return installed;
}

}  // namespace cli
