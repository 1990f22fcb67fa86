#include "cli/commands/watch.hpp"

#include <doctest/doctest.h>

using libre::SyncNoteKind;

TEST_CASE("the line of a watch says how many files there are and what the last sync did") {
  libre::SyncReport report{.files = 214, .files_sent = 3, .seconds = 0.0649};
  CHECK(cli::watch_line(report, "12:00:01") ==
        "watching 214 files; synced 3 files in 0.06 s at 12:00:01");
  report.deleted = 2;
  CHECK(cli::watch_line(report, "12:00:01") ==
        "watching 214 files; synced 3 files, deleted 2 in 0.06 s at 12:00:01");
  report.files_sent = 0;
  CHECK(cli::watch_line(report, "12:00:01") ==
        "watching 214 files; deleted 2 in 0.06 s at 12:00:01");
  CHECK(cli::has_changed(report));
  report = {.files = 1, .seconds = 0.01};
  CHECK(cli::watch_line(report, "12:00:01") ==
        "watching 1 file; nothing to bring in 0.01 s at 12:00:01");
  CHECK_FALSE(cli::has_changed(report));
}

TEST_CASE("a note is told when it comes, and again only where it had gone") {
  cli::NewNotes notes;
  const libre::SyncNote link{SyncNoteKind::outside_link, "l", "/x"},
      odd{SyncNoteKind::special, "s", {}};
  CHECK(notes.of({.notes = {link}}).size() == 1);
  CHECK(notes.of({.notes = {link}}).empty());
  const auto fresh = notes.of({.notes = {link, odd}});
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0].path == "s");
  CHECK(notes.of({.notes = {odd}}).empty());
  CHECK(notes.of({.notes = {link, odd}}).size() == 1);
}
