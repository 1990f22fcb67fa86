// re log: what a job printed; once, every few seconds, or as it comes.
#include <fmt/format.h>

#include <chrono>

#include <libre/project_log.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/since.hpp"
#include "cli/commands/submit.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/stamps.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::JobInfo;
using libre::Result;

namespace {

// With a copy of the log at hand it is written down at most this often how far the copy goes.
constexpr auto settle_pause = std::chrono::seconds(1);

struct LogOptions {
  std::vector<std::string> words{};
  std::optional<double> loop{};
  std::string filter{}, since{};
  std::optional<std::int64_t> tail{};
  bool follow = false, timestamps = false;

  bool watches() const { return follow || loop; }
  // Only the whole log, as it is, is worth a copy.
  bool whole() const { return filter.empty() && since.empty() && !tail && !timestamps; }
};

// Data as the caller wants it: bytes, with or without times, or one JSON object a chunk.
class Printer {
 public:
  Printer(Context& context, const LogOptions& args) : context_(context), args_(args) {}
  Result<void> print(const libre::LogChunk& chunk) {
    if (context_.globals.json) return context_.screen.out(libre::to_json(chunk) + "\n");
    if (!args_.timestamps) return context_.screen.out(chunk.bytes);
    return context_.screen.out(stamps_.add(chunk.time, chunk.bytes));
  }

 private:
  Context& context_;
  const LogOptions& args_;
  LineStamps stamps_;
};

// The copy of a whole log, while what is new is fetched. One that cannot be written is no reason to
// show nothing.
class Copying {
 public:
  Copying(Screen& screen, const libre::Project& project, const libre::Instance& instance)
      : screen_(screen),
        project_(project),
        copy_(libre::LogCopy::open(project, instance.config().describe())) {}

  void ask_for_the_rest(libre::LogQuery& query) const {
    query.offset = copy_->have().size;
    query.offset_of = copy_->have().key;
  }

  // Shows what the copy has, and lets it go on from there.
  Result<void> begin(const JobInfo& job, std::uint64_t offset, Printer& printer) {
    for (std::uint64_t shown = 0; shown < offset;) {
      LIBRE_TRY(auto bytes, copy_->read(shown));
      if (bytes.empty())
        return Error{Errc::io, "the copy of the log was cut short while it was read", {}, "re log"};
      const auto size = bytes.size();
      LIBRE_CHECK(printer.print({.offset = shown, .bytes = std::move(bytes)}));
      shown += size;
    }
    due_ = job.log_size;
    if (job.spec.project_id == project_.id)
      keep(copy_->begin(job, offset));
    else
      copy_.reset();
    if (offset >= due_) settle();
    return {};
  }

  void add(const libre::LogChunk& chunk) {
    if (copy_) keep(copy_->append(chunk.offset, chunk.bytes));
    // The copy takes its place as soon as it is whole, not only when a job of days has ended.
    const auto now = std::chrono::steady_clock::now();
    if (chunk.next >= due_ && now - settled_ >= settle_pause) settle();
  }

  void settle() {
    if (copy_) keep(copy_->settle());
    settled_ = std::chrono::steady_clock::now();
  }

 private:
  void keep(const Result<void>& kept) {
    if (kept) return;
    copy_.reset();
    const Error& why = kept.error();
    screen_.notice(fmt::format("no local copy of the log is kept: {}{}{}", why.message,
                               why.cause.empty() ? "" : ": ", why.cause));
  }

  Screen& screen_;
  const libre::Project& project_;
  std::optional<libre::LogCopy> copy_;
  std::uint64_t due_ = 0;  // how long the log was at the beginning
  std::chrono::steady_clock::time_point settled_{};
};

Result<libre::LogQuery> query_of(const LogOptions& args,
                                 const std::optional<libre::Project>& project) {
  libre::LogQuery query;
  if (!args.words.empty()) query.job = args.words[0];
  if (project) query.project = project->id;
  query.filter = args.filter;
  query.times = args.timestamps;
  query.follow = args.watches();
  query.every = args.loop.value_or(0);
  if (args.tail) query.last_lines = static_cast<std::uint64_t>(*args.tail);
  if (!args.since.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    LIBRE_TRY(query.since, parse_since(args.since, std::chrono::duration<double>(now).count()));
  }
  return query;
}

Error left_watching(const Context& context, const JobInfo& job, Error error) {
  if (error.code == Errc::interrupted) error.message = "stopped watching; the job goes on";
  error.hint = typed_again(context, fmt::format("re log -f {}", job.id));
  return error;
}

// One request, whatever the options.
Result<int> show(Context& context, const LogOptions& args,
                 const std::optional<libre::Project>& project, libre::LogQuery query) {
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  Printer printer(context, args);
  std::optional<Copying> copying;
  if (project && args.whole()) {
    copying.emplace(context.screen, *project, instance);
    copying->ask_for_the_rest(query);
  }
  std::optional<JobInfo> watched;
  const auto begin = [&](const JobInfo& job, std::uint64_t offset) {
    watched = job;
    return copying ? copying->begin(job, offset, printer) : Result<void>();
  };
  const auto sink = [&](const libre::LogChunk& chunk) {
    if (copying) copying->add(chunk);
    return printer.print(chunk);
  };
  const auto job = instance.log(query, sink, begin);
  if (copying && (job || job.error().code == Errc::interrupted)) copying->settle();
  if (!job && watched && args.watches()) return left_watching(context, *watched, job.error());
  if (!job) return job.error();
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"job", libre::to_json(*job)}})));
  if (args.watches()) return job_code(context.screen, *job);
  tell_log_error(context.screen, *job);
  return 0;
}

Result<void> check(const LogOptions& args) {
  if (args.words.size() > 1)
    return Error{Errc::usage, "re log shows one job at a time", {}, "re log JOB"};
  if (args.loop && !(*args.loop > 0 && *args.loop <= 86400))
    return Error{Errc::usage, "--loop needs a number of seconds above 0", {}, "re log --loop 20"};
  if (args.loop && args.follow)
    return Error{Errc::usage, "--loop and --follow do the same", {}, "re log --follow"};
  if (args.tail && *args.tail < 0)
    return Error{Errc::usage, "--tail needs a number of lines", {}, "re log -n 20"};
  if (args.filter.find('\n') != std::string::npos)
    return Error{Errc::usage, "--filter looks at single lines", {}, "re log --filter loss"};
  return {};
}

Result<int> run_log(Context& context, const LogOptions& args) {
  LIBRE_CHECK(check(args));
  const auto project = context.project_if_any();
  if (!project && args.words.empty()) LIBRE_CHECK(context.project());
  LIBRE_TRY(auto query, query_of(args, project));
  return show(context, args, project, std::move(query));
}

}  // namespace

void add_log(Parser& parser) {
  const auto args = std::make_shared<LogOptions>();
  parser.add("log", "Show what a job printed")
      .words(args->words, "[JOB]",
             "JOB  an id or a name from re list; the project's last job otherwise")
      .completes({"JOB"})
      .option("--loop", args->loop, "SECONDS",
              "show what is new every so often, until the job has ended")
      .option("--filter", args->filter, "PATTERN", "only lines that contain this text")
      .flag("-f,--follow", args->follow, "show it as it comes, until the job has ended")
      .option("-n,--tail", args->tail, "N", "only the last N lines")
      .option("--since", args->since, "TIME", "only what came since: 10m, 2h, 2026-11-21T10:00")
      .flag("-t,--timestamps", args->timestamps, "put the time before each line")
      .about(
          "The whole log is also kept here as PROJECT.log; a part of it, or one with times, is "
          "only\n"
          "shown. With --follow and --loop the exit code is the job's. Ctrl-C leaves it running, "
          "and\n"
          "a connection that breaks is opened again for as long as it takes (see --timeout).")
      .example("re log", "all of it so far")
      .example("re log -f -n 20", "the end, and what comes")
      .example("re log -t --since 2h --filter loss", "what matters of the last two hours")
      .example("re log --loop=20 --filter=loss", "as in the original")
      .runs([args](Context& context) { return run_log(context, *args); });
}

}  // namespace cli
