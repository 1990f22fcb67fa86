// re kill: end jobs with everything that they started.
#include "cli/commands/kill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <sstream>

#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/list.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

namespace {

struct KillOptions {
  std::vector<std::string> jobs{};
  std::optional<std::int64_t> index{};
  bool yes = false;
};

// The ids that `words` are, where all of them are ids: then nothing has to be looked up.
std::optional<std::vector<std::uint64_t>> plain_ids(const std::vector<std::string>& words) {
  std::vector<std::uint64_t> ids;
  for (const auto& word : words) {
    std::uint64_t id = 0;
    const char* end = word.data() + word.size();
    const auto [at, error] = std::from_chars(word.data(), end, id);
    if (error != std::errc() || at != end || id == 0) return std::nullopt;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return words.empty() ? std::nullopt : std::optional(std::move(ids));
}

bool means_all(const std::string& word) { return word == "0" || word == "all"; }

// The jobs that one word names: all, an id, or else a name, which means its newest live job.
std::vector<std::uint64_t> named_by(const std::vector<libre::JobInfo>& jobs,
                                    const std::string& word) {
  std::vector<std::uint64_t> all;
  std::uint64_t newest = 0;
  for (const auto& job : jobs) {
    if (std::to_string(job.id) == word) return {job.id};
    if (libre::is_final(job.state)) continue;
    all.push_back(job.id);
    if (job.spec.name == word) newest = std::max(newest, job.id);
  }
  if (means_all(word)) return all;
  return newest > 0 ? std::vector<std::uint64_t>{newest} : std::vector<std::uint64_t>{};
}

Result<std::vector<std::string>> ask(Context& context, const std::vector<libre::JobInfo>& jobs) {
  if (!TerminalPrompter::available())
    return Error{Errc::usage, "re kill does not know which job",
                 "stdin is no terminal, so nobody can be asked",
                 "re kill JOB…, or re kill --idx 0 for all"};
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  context.screen.talk(job_table(jobs, now, true).render(context.screen.width()));
  LIBRE_TRY(const std::string answer, context.prompter.line("Process to kill (index) : "));
  std::istringstream stream(answer);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.empty()) return Error{Errc::interrupted, "nothing was chosen, nothing was killed"};
  return words;
}

// One question before all jobs go, where somebody can be asked and did not just choose them by number.
Result<bool> confirmed(Context& context, const KillOptions& args,
                       const std::vector<std::string>& words, std::size_t count) {
  const bool all = std::any_of(words.begin(), words.end(), means_all);
  if (!all || args.yes || count < 2 || !TerminalPrompter::available()) return true;
  return context.prompter.confirm(fmt::format("Kill all {} jobs?", count));
}

Result<int> run_kill(Context& context, const KillOptions& args) {
  if (args.index && (*args.index < 0 || !args.jobs.empty()))
    return Error{Errc::usage,
                 "--idx takes one index from re list and no other jobs",
                 {},
                 "re kill --idx 1, or 0 for all"};
  const auto project = context.project_if_any();
  std::vector<std::string> words = args.jobs;
  if (args.index) words = {std::to_string(*args.index)};
  if (words.empty() && !TerminalPrompter::available()) LIBRE_CHECK(ask(context, {}));
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  if (const auto ids = plain_ids(words)) {
    LIBRE_TRY(const auto reports, instance.kill(*ids));
    return tell_kills(context, reports);
  }
  libre::JobFilter filter;
  if (project) filter.project = project->id;
  LIBRE_TRY(auto jobs, instance.list(filter));
  if (words.empty()) {
    std::erase_if(jobs, [](const auto& job) { return libre::is_final(job.state); });
    if (jobs.empty()) {
      context.screen.talk("no job is running");
      return 0;
    }
    LIBRE_TRY(words, ask(context, jobs));
  }
  LIBRE_TRY(const auto ids, chosen_jobs(jobs, words));
  LIBRE_TRY(const bool go, confirmed(context, args, words, ids.size()));
  if (!go) return Error{Errc::interrupted, "nothing was killed"};
  if (ids.empty()) return tell_kills(context, {});
  LIBRE_TRY(const auto reports, instance.kill(ids));
  return tell_kills(context, reports);
}

}  // namespace

Result<std::vector<std::uint64_t>> chosen_jobs(const std::vector<libre::JobInfo>& jobs,
                                               const std::vector<std::string>& words) {
  std::vector<std::uint64_t> chosen;
  for (const auto& word : words) {
    const auto ids = named_by(jobs, word);
    if (ids.empty() && !means_all(word))
      return Error{Errc::not_found,
                   fmt::format("there is no job \"{}\" to kill", libre::printable(word)),
                   {},
                   "re list shows them"};
    for (const auto id : ids)
      if (std::find(chosen.begin(), chosen.end(), id) == chosen.end()) chosen.push_back(id);
  }
  return chosen;
}

Result<int> tell_kills(Context& context, const std::vector<libre::KillReport>& reports) {
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"kills", json_array(reports)}})));
  if (reports.empty()) context.screen.talk("no job is running");
  int code = 0;
  for (const auto& report : reports) {
    if (!report.was_live) {
      context.screen.talk(fmt::format("job {} had ended already", report.id));
    } else if (report.gone) {
      context.screen.talk(fmt::format("job {} is gone, {} process{}", report.id, report.processes,
                                      report.processes == 1 ? "" : "es"));
    } else {
      code = 1;
      context.screen.error({Errc::io, fmt::format("job {} is not gone", report.id),
                            "a process of it does not even end by SIGKILL",
                            "look at it there: re ssh"});
    }
  }
  return code;
}

void add_kill(Parser& parser) {
  const auto args = std::make_shared<KillOptions>();
  parser.add("kill", "End jobs, with everything that they started")
      .words(args->jobs, "[JOB…]",
             "JOB  an id from re list, or a name: the newest live job of it; 0 means all live jobs")
      .completes({"JOB…"})
      .option("--idx", args->index, "N", "the index from re list, 0 for all")
      .flag("-y,--yes", args->yes, "do not ask")
      .about(
          "Without a job it shows the live ones and asks. Jobs get SIGTERM, after ten seconds\n"
          "SIGKILL, and it is made sure that no process is left.")
      .example("re kill 12", "this one")
      .example("re kill --idx 0 -y", "all of this project")
      .runs([args](Context& context) { return run_kill(context, *args); });
}

}  // namespace cli
