// re watch: bring the code whenever it is saved.
#include "cli/commands/watch.hpp"

#include <fmt/format.h>

#include <chrono>

#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/report.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/stamps.hpp"

namespace cli {

using libre::Errc;
using libre::Result;
using libre::SyncReport;

namespace {

// What happens, on the screen.
class View {
 public:
  explicit View(Context& context) : context_(context) {}

  Result<void> synced(const SyncReport& report) {
    auto& screen = context_.screen;
    const bool first = !std::exchange(begun_, true), healed = std::exchange(lost_, false);
    const auto notes = notes_.of(report);
    if (context_.globals.json) return screen.out(json_document({{"sync", libre::to_json(report)}}));
    screen.clear_progress();
    tell(screen, notes, context_.globals.verbose);
    if (first || healed || has_changed(report) || screen.err_is_terminal())
      screen.standing_line(watch_line(report, time_of_day()));
    return {};
  }

  void disconnected(const libre::Error& failure) {
    if (std::exchange(lost_, true)) return;
    const auto text = fmt::format("the connection broke at {} ({}); trying again", time_of_day(),
                                  libre::printable(failure.message));
    context_.screen.standing_line(text);
  }

 private:
  Context& context_;
  NewNotes notes_;
  bool begun_ = false, lost_ = false;
};

Result<int> run_watch(Context& context) {
  LIBRE_TRY(const libre::Project project, context.project_or_init());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  View view(context);
  const libre::WatchOptions options{
      .disconnected = [&](const libre::Error& failure) { view.disconnected(failure); }};
  const auto watched = instance.watch(
      project, options, [&](const SyncReport& report) { return view.synced(report); });
  if (watched) {
    if (!context.globals.json) context.screen.talk("stopped watching; everything is over there");
    return 0;
  }
  libre::Error error = watched.error();
  if (error.code == Errc::interrupted) {
    error.message = "stopped before everything was over there";
    error.hint = "re rsync brings the rest";
  }
  return error;
}

}  // namespace

std::string watch_line(const SyncReport& report, const std::string& time_of_day) {
  std::string done = "nothing to bring";
  if (report.files_sent > 0) done = "synced " + files(report.files_sent);
  if (report.deleted > 0)
    done = fmt::format("{} {}", report.files_sent > 0 ? done + ", deleted" : "deleted",
                       report.deleted);
  return fmt::format("watching {}; {} in {:.2f} s at {}", files(report.files), done, report.seconds,
                     time_of_day);
}

bool has_changed(const SyncReport& report) { return report.files_sent > 0 || report.deleted > 0; }

std::vector<libre::SyncNote> NewNotes::of(const SyncReport& report) {
  std::set<std::string> sentences;
  std::vector<libre::SyncNote> fresh;
  for (const auto& note : report.notes) {
    auto text = sentence(note);
    if (!told_.contains(text)) fresh.push_back(note);
    sentences.insert(std::move(text));
  }
  told_ = std::move(sentences);
  return fresh;
}

void add_watch(Parser& parser) {
  parser.add("watch", "Bring the code whenever it is saved")
      .about(
          "Syncs as re rsync does, and again a moment after each change, until Ctrl-C. What git\n"
          "ignores is not watched. A broken connection is opened again.\n"
          "Ends with 0; with 130 where Ctrl-C came before the last change was over there.")
      .example("re watch", "in a second terminal, while you edit")
      .example("re watch --json", "one object for each sync")
      .runs([](Context& context) { return run_watch(context); });
}

}  // namespace cli
