#include "cli/commands/report.hpp"

#include <fmt/format.h>

#include <libre/text.hpp>

namespace cli {

using Kind = libre::SyncNote::Kind;

std::string files(std::uint64_t count) {
  return fmt::format("{} file{}", count, count == 1 ? "" : "s");
}

std::string summary(const libre::SyncReport& report) {
  std::string text = fmt::format("{} {}, {}", report.dry_run ? "would send" : "sent",
                                 files(report.files_sent), libre::human_bytes(report.bytes_sent));
  if (report.deleted > 0)
    text += fmt::format(", {} {}", report.dry_run ? "would delete" : "deleted", report.deleted);
  return text + fmt::format(" (of {}, {}), {}", files(report.files),
                            libre::human_bytes(report.bytes), libre::human_seconds(report.seconds));
}

std::string summary(const libre::TransferReport& report, std::string_view verb) {
  std::string text =
      fmt::format("{} {}, {}{}", verb, files(report.files_moved), report.at_most ? "at most " : "",
                  libre::human_bytes(report.bytes_moved));
  if (report.files > report.files_moved)
    text += fmt::format(", {} there already", report.files - report.files_moved);
  return text + ", " + libre::human_seconds(report.seconds);
}

std::string sentence(const libre::SyncNote& note, std::string_view again, std::string_view verb) {
  const std::string path = libre::printable(note.path);
  const std::string detail = note.detail.empty() ? "" : ": " + libre::printable(note.detail);
  const std::string why = note.detail.empty() ? "" : " (" + libre::printable(note.detail) + ")";
  switch (note.kind) {
    case Kind::sent:
      return fmt::format("{:<8}{}{}", verb, path, why);
    case Kind::mode:
      return "mode    " + path + why;
    case Kind::deleted:
      return "delete  " + path;
    case Kind::kept_aside:
      return fmt::format("{} was changed over there; that version is kept aside{}", path, detail);
    case Kind::left_alone:
      return fmt::format("{} is gone here but was changed over there; it stays{}", path, detail);
    case Kind::unreadable:
      return fmt::format("{} cannot be read and was skipped{}", path, detail);
    case Kind::outside_link:
      return fmt::format("{} is a link out of the project{}", path, detail);
    case Kind::special:
      return fmt::format("{} is a socket, pipe or device and was skipped{}", path, detail);
    case Kind::vanished:
      return fmt::format("{} vanished or changed while it was read; {}", path, again);
  }
  return path;
}

std::optional<libre::Error> incomplete(const libre::TransferReport& report) {
  std::uint64_t missing = 0;
  for (const auto& note : report.notes) {
    const bool lost = note.kind == Kind::vanished || note.kind == Kind::unreadable;
    // A pipe inside of a directory is no loss; alone it is all that was named.
    missing += lost || (note.kind == Kind::special && report.files == 0);
  }
  if (missing == 0) return std::nullopt;
  return libre::Error{libre::Errc::io, fmt::format("{} did not arrive", files(missing)),
                      "see the notes above",
                      "do it again when that is mended: what arrived does not travel twice"};
}

void tell(Screen& screen, const std::vector<libre::SyncNote>& notes, bool each_file,
          std::string_view again, std::string_view verb) {
  for (const auto& note : notes) {
    const bool expected =
        note.kind == Kind::sent || note.kind == Kind::deleted || note.kind == Kind::mode;
    if (!expected)
      screen.notice(sentence(note, again, verb));
    else if (each_file)
      screen.talk(sentence(note, again, verb));
  }
}

void tell_sync(Context& context, const libre::SyncReport& report) {
  context.screen.clear_progress();
  if (context.globals.json) return;
  tell(context.screen, report.notes, context.globals.verbose || report.dry_run);
  context.screen.talk(summary(report));
}

libre::Result<libre::SyncReport> bring_code(Context& context, libre::Instance& instance,
                                            const libre::Project& project,
                                            const libre::SyncOptions& options) {
  auto report = instance.sync(project, options);
  context.screen.clear_progress();
  if (report) tell_sync(context, *report);
  return report;
}

}  // namespace cli
