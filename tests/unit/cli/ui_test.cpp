#include <doctest/doctest.h>

#include <libre/text.hpp>

#include "cli/commands/kill.hpp"
#include "cli/commands/list.hpp"
#include "cli/commands/report.hpp"
#include "cli/commands/since.hpp"
#include "cli/commands/sshadd.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/exit_code.hpp"
#include "cli/ui/colour.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/progress.hpp"
#include "cli/ui/stamps.hpp"
#include "cli/ui/table.hpp"

using libre::Errc;

TEST_CASE("A table is as wide as it needs, or cut to the terminal in its widest text") {
  cli::Table table({{"ID", true}, {"Command", false, true}});
  table.add({"7", "python3 train.py --läuft"});
  table.add({"12", "é日本\n\x1b[2J"});
  CHECK(table.render(0) ==
        "+----+--------------------------+\n"
        "| ID | Command                  |\n"
        "+----+--------------------------+\n"
        "|  7 | python3 train.py --läuft |\n"
        "| 12 | é日本\\x0a\\x1b[2J         |\n"
        "+----+--------------------------+\n");
  CHECK(table.render(20) ==
        "+----+-------------+\n"
        "| ID | Command     |\n"
        "+----+-------------+\n"
        "|  7 | python3 tr… |\n"
        "| 12 | é日本\\x0a\\… |\n"
        "+----+-------------+\n");
}

TEST_CASE("A wide character is never cut in half") {
  CHECK(cli::display_width("日本") == 4);
  CHECK(cli::truncated("日本", 3) == "日…");
  CHECK(cli::truncated("日本語", 4) == "日…");
  CHECK(cli::display_width("e\u0301") == 1);
}

TEST_CASE("Exit codes tell usage, time, interruption and an unreached machine apart") {
  const auto code = [](Errc kind) { return cli::exit_code({kind, "x"}); };
  CHECK(code(Errc::usage) == 2);
  CHECK(code(Errc::config) == 2);
  CHECK(code(Errc::timed_out) == 124);
  CHECK(code(Errc::interrupted) == 130);
  for (const auto kind : {Errc::dns, Errc::refused, Errc::unreachable, Errc::auth, Errc::host_key,
                          Errc::disconnected})
    CHECK(code(kind) == 255);
  CHECK(code(Errc::not_found) == 1);
  CHECK(code(Errc::disk_full) == 1);
}

TEST_CASE("push and pull read the original's one string, and proper words") {
  const auto words = [](std::vector<std::string> given, bool exists = false) {
    return cli::transfer_words(given, exists, "data/");
  };
  CHECK(words({"x/f x/"})->sources == std::vector<std::string>{"x/f"});
  CHECK(words({"x/f x/"})->destination == "x/");
  CHECK(words({"f"})->destination == "data/");
  CHECK(words({"my file"}, true)->sources == std::vector<std::string>{"my file"});
  CHECK(words({"a b", "c", "d e"})->sources == std::vector<std::string>{"a b", "c"});
  CHECK(words({"a b", "c", "d e"})->destination == "d e");
  CHECK(words({"a b c"}).error().code == Errc::usage);
  CHECK(words({}).error().code == Errc::usage);
  CHECK(words({"a", ""}).error().code == Errc::usage);
}

TEST_CASE("Jobs to kill are named by id, by the name of the newest, or all at once, each once") {
  std::vector<libre::JobInfo> jobs(3);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    jobs[i].id = i + 1, jobs[i].state = libre::JobState::running;
  jobs[0].state = libre::JobState::failed;
  jobs[0].spec.name = jobs[1].spec.name = jobs[2].spec.name = "train";
  using Ids = std::vector<std::uint64_t>;
  CHECK(cli::chosen_jobs(jobs, {"0"}).value() == Ids{2, 3});
  CHECK(cli::chosen_jobs(jobs, {"train", "3"}).value() == Ids{3});
  CHECK(cli::chosen_jobs(jobs, {"1"}).value() == Ids{1});
  jobs[1].spec.name = "3";
  CHECK(cli::chosen_jobs(jobs, {"3"}).value() == Ids{3});
  CHECK(cli::chosen_jobs(jobs, {"2", "9"}).error().code == Errc::not_found);
}

TEST_CASE("Each line of a log gets the time of its beginning, however it is cut") {
  cli::LineStamps stamps;
  const double time = 1763694386.1204;
  const auto stamp = cli::time_stamp(time), later = cli::time_stamp(time + 60);
  CHECK(stamp.ends_with(".120 "));
  CHECK(stamp.size() == std::string("2026-11-21 04:00:00.120 ").size());
  CHECK(stamps.add(time, "a\nb") == stamp + "a\n" + stamp + "b");
  CHECK(stamps.add(time + 60, "c\n") == "c\n");
  CHECK(stamps.add(time + 60, "\nd\n") == later + "\n" + later + "d\n");
  CHECK(stamps.add(time, "").empty());
}

TEST_CASE("--since is a span, or a time of this machine's zone that has been") {
  const double now = 1763726400;  // 2025-11-21T12:00:00Z
  const auto since = [&](const std::string& text) { return cli::parse_since(text, now).value(); };
  CHECK(since("90s") == now - 90);
  CHECK(since("1.5m") == now - 90);
  CHECK(since("2h") == now - 7200);
  CHECK(since("3d") == now - 3 * 86400);
  CHECK(since("2025-11-21T10:00Z") == now - 7200);
  CHECK(since("2025-11-21T10:00:30Z") == now - 7170);
  CHECK(since("2025-11-21Z") == now - 12 * 3600);
  CHECK(since("11:59Z") == now - 60);
  CHECK(libre::local_time(since("2025-11-20T10:00")) == "2025-11-20 10:00:00");
  CHECK(libre::local_time(since("2025-11-20 10:00:07")) == "2025-11-20 10:00:07");
  for (const std::string bad : {"", "10", "m", "10 m", "-5m", "10x", "2025-13-01", "yesterday",
                                "2025-11-21T10:00 or so", "1e9h", "2025-11-22", "23:59Z"})
    CHECK_MESSAGE(!cli::parse_since(bad, now).has_value(), bad);
}

TEST_CASE("A lost connection is told in one line") {
  CHECK(cli::render_outage({.seconds = 12.9, .next_try = 1.2}, 80) ==
        "connection lost, trying again in 2 s (12 s so far)");
  CHECK(cli::render_outage({.seconds = 200, .next_try = 0}, 80) ==
        "connection lost, trying again (3m 20s so far)");
  CHECK(cli::render_outage({.seconds = 1, .next_try = 1}, 10).size() <= 12);
}

TEST_CASE("Only an answer to the question for a password may be stored") {
  for (const char* prompt : {"me@host's password: ", "Password: ", "password:",
                             "(me@host) Password: ", "Password for me@host:"})
    CHECK_MESSAGE(cli::asks_for_password(prompt), prompt);
  for (const char* prompt :
       {"Verification code: ", "One-time password (OATH) for `me': ", "Passcode or option (1-3): ",
        "passphrase for the key /k: ", "New password: ", "(me@host) One-time Password: ", ""})
    CHECK_MESSAGE(!cli::asks_for_password(prompt), prompt);
}

TEST_CASE("A name is looked up where it was typed, and its end keeps its meaning") {
  CHECK(cli::source_from("/p/sub", "*.txt") == "/p/sub/*.txt");
  CHECK(cli::source_from("/p/sub", "x/") == "/p/sub/x/");
  CHECK(cli::source_from("/p/sub", ".") == "/p/sub/");
  CHECK(cli::source_from("/p/sub", "x/.") == "/p/sub/x/");
  CHECK(cli::source_from("/p/sub", "../x") == "/p/sub/../x");
  CHECK(cli::source_from("/p/sub", "/abs") == "/abs");
}

TEST_CASE("A transfer that left something out is no success, and says when it comes") {
  libre::TransferReport report;
  report.files = 2;
  report.notes = {{.kind = libre::SyncNoteKind::special, .path = "pipe"}};
  CHECK(!cli::incomplete(report));
  report.notes.push_back(
      {.kind = libre::SyncNoteKind::vanished, .path = "a", .detail = "it changed; pull it again"});
  REQUIRE(cli::incomplete(report));
  CHECK(cli::incomplete(report)->message == "1 file did not arrive");
  CHECK(cli::sentence(report.notes[1], "pull it again") ==
        "a vanished or changed while it was read; pull it again");
  report.notes.pop_back();
  report.files = 0;
  CHECK(cli::incomplete(report));
}

TEST_CASE("Colours follow the option, NO_COLOR and CLICOLOR_FORCE") {
  const auto none = [](const char*) { return std::string(); };
  const auto no_color = [](const char* name) { return std::string(name) == "NO_COLOR" ? "1" : ""; };
  const auto force = [](const char* name) {
    return std::string(name) == "CLICOLOR_FORCE" ? "1" : "";
  };
  const auto dumb = [](const char* name) { return std::string(name) == "TERM" ? "dumb" : ""; };
  CHECK(cli::wants_colour("auto", true, none));
  CHECK(!cli::wants_colour("auto", false, none));
  CHECK(!cli::wants_colour("auto", true, no_color));
  CHECK(cli::wants_colour("always", false, no_color));
  CHECK(cli::wants_colour("auto", false, force));
  CHECK(!cli::wants_colour("auto", true, dumb));
  CHECK(!cli::wants_colour("never", true, force));
}

TEST_CASE("Progress is drawn after 300 ms and fits its line") {
  using namespace std::chrono_literals;
  cli::ProgressClock clock;
  const cli::ProgressClock::Time start{};
  CHECK(!clock.due(start));
  CHECK(!clock.due(start + 299ms));
  CHECK(clock.due(start + 300ms));
  CHECK(!clock.due(start + 350ms));
  CHECK(clock.due(start + 400ms));
  const libre::Progress half{"sending", 5000, 10000, 1, 2};
  CHECK(cli::render_progress(half, 1, 200) ==
        "sending [==========          ]  50%  1/2 files  5.0 kB  5.0 kB/s  1.0s left");
}

TEST_CASE(
    "Where a line of progress is too long for the terminal the least telling parts go first") {
  const libre::Progress half{"sending", 5000, 10000, 1, 2};
  CHECK(cli::render_progress(half, 1, 79).ends_with("1/2 files  5.0 kB  5.0 kB/s  1.0s left"));
  CHECK(cli::render_progress(half, 1, 52) ==
        "sending  50%  1/2 files  5.0 kB  5.0 kB/s  1.0s left");
  CHECK(cli::render_progress(half, 1, 39) == "sending  50%  5.0 kB/s  1.0s left");
  CHECK(cli::render_progress(half, 1, 25) == "sending  50%  1.0s left");
  CHECK(cli::display_width(cli::render_progress(half, 1, 10)) == 10);
  CHECK(cli::render_progress(
            {.what = "asking", .files_done = 3, .files_total = 64, .counted = "machines"}, 1, 39) ==
        "asking  3/64 machines");
}

TEST_CASE("Of a work of which nothing is known it is told how long it takes already") {
  CHECK(cli::render_progress({.what = "waiting for Jupyter"}, 12, 79) ==
        "waiting for Jupyter  12s");
}

TEST_CASE("JSON text is quoted as JSON wants it") {
  CHECK(cli::json_string("a\"\\\n\x01") == "\"a\\\"\\\\\\n\\u0001\"");
  CHECK(cli::json_string("\xff") == "{\"base64\":\"/w==\"}");
  CHECK(cli::json_document({{"n", "1"}}) == "{\"schema_version\":1,\"n\":1}\n");
}
