// re log: what a job printed; once, every few seconds, or as it comes.
#include "cli/commands/log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include <libre/project_log.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/submit.hpp"
#include "cli/ui/json.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::JobInfo;
using libre::Result;

std::string LineFilter::feed(std::string_view bytes) {
  if (pattern_.empty()) return std::string(bytes);
  std::string kept;
  partial_ += bytes;
  std::size_t begin = 0;
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', begin)) {
    const std::string_view line(partial_.data() + begin, end + 1 - begin);
    if (line.find(pattern_) != std::string_view::npos) kept += line;
    begin = end + 1;
  }
  partial_.erase(0, begin);
  return kept;
}

std::string LineFilter::finish() {
  std::string rest = std::move(partial_);
  partial_.clear();
  return rest.find(pattern_) != std::string::npos ? rest : std::string();
}

namespace {

struct Args {
  std::vector<std::string> words{};
  std::optional<double> loop{};
  std::string filter{};
  std::optional<std::int64_t> tail{};
  bool follow = false;
};

// One `re log` at work.
struct Reader {
  Context& context;
  const Args& args;
  std::optional<libre::Project> project;
  libre::Instance instance;
  libre::LogQuery query{};

  // Data as the caller wants it: bytes, or one JSON object a chunk.
  Result<void> print(const libre::LogChunk& chunk) {
    if (!context.globals.json) return context.screen.out(chunk.bytes);
    return context.screen.out(libre::to_json(chunk) + "\n");
  }
  Result<int> finish(const JobInfo& job, bool waited) {
    if (context.globals.json) LIBRE_CHECK(context.screen.out(json_document({{"job", libre::to_json(job)}})));
    if (waited) return job_code(context.screen, job);
    tell_log_error(context.screen, job);
    return 0;
  }
  // Only the whole log of a job of this project is worth a copy.
  bool copies(const JobInfo& job) const { return project && job.spec.project == project->name; }
};

// Prints what the copy on disk already has.
Result<void> print_copy(Reader& reader, std::uint64_t size) {
  std::ifstream file(reader.project->root / reader.project->log_file_name(), std::ios::binary);
  std::string buffer(64 * 1024, '\0');
  std::uint64_t offset = 0;
  while (offset < size && file) {
    file.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(buffer.size(), size - offset)));
    const auto count = static_cast<std::size_t>(file.gcount());
    LIBRE_CHECK(reader.print({.offset = offset, .bytes = buffer.substr(0, count)}));
    offset += count;
    if (count == 0) break;
  }
  return {};
}

// A part of the log, or lines picked on the other side: shown, not kept.
Result<int> show_part(Reader& reader) {
  LIBRE_TRY(const JobInfo job, reader.instance.log(reader.query, [&](const libre::LogChunk& chunk) { return reader.print(chunk); }));
  return reader.finish(job, reader.args.follow);
}

// The whole log: the copy first, then what is new. With --loop again and again.
Result<int> show_whole(Reader& reader) {
  LIBRE_TRY(JobInfo job, reader.instance.find(reader.query.job, reader.query.project));
  reader.query.job = std::to_string(job.id);
  std::optional<libre::LogCopy> copy;
  std::uint64_t next = 0;
  LineFilter filter(reader.args.filter);
  if (reader.copies(job)) {
    LIBRE_TRY(libre::LogCopy opened, libre::LogCopy::open(*reader.project, reader.instance.config().describe(), job));
    next = opened.plan().offset;
    copy = std::move(opened);
    if (next > 0 && reader.args.filter.empty()) LIBRE_CHECK(print_copy(reader, next));
  }
  const std::uint64_t known = job.log_size;
  const auto sink = [&](const libre::LogChunk& chunk) -> Result<void> {
    if (copy) LIBRE_CHECK(copy->append(chunk.offset, chunk.bytes));
    next = chunk.offset + chunk.bytes.size();
    // The copy takes its place as soon as it is whole, not only when a job of days has ended.
    if (copy && next >= known) LIBRE_CHECK(copy->settle());
    libre::LogChunk shown = chunk;
    shown.bytes = filter.feed(chunk.bytes);
    return shown.bytes.empty() ? Result<void>() : reader.print(shown);
  };
  for (;;) {
    reader.query.offset = next;
    LIBRE_TRY(job, reader.instance.log(reader.query, sink));
    if (copy) LIBRE_CHECK(copy->settle());
    if (!reader.args.loop || (job.end && next >= job.log_size)) break;
    if (!reader.context.signals.sleep(*reader.args.loop)) return Error{Errc::interrupted, "interrupted"};
  }
  const std::string rest = filter.finish();
  if (!rest.empty()) LIBRE_CHECK(reader.print({.offset = next - rest.size(), .bytes = rest}));
  return reader.finish(job, reader.args.follow || reader.args.loop);
}

Result<void> check(const Args& args) {
  if (args.words.size() > 1) return Error{Errc::usage, "re log shows one job at a time", {}, "re log JOB"};
  if (args.loop && !(*args.loop > 0 && *args.loop <= 86400))
    return Error{Errc::usage, "--loop needs a number of seconds above 0", {}, "re log --loop 20"};
  if (args.loop && args.follow) return Error{Errc::usage, "--loop and --follow do the same", {}, "re log --follow"};
  if (args.tail && *args.tail < 0) return Error{Errc::usage, "--tail needs a number of lines", {}, "re log -n 20"};
  if (args.tail && args.loop) return Error{Errc::usage, "--tail and --loop do not go together", {}, "re log -f -n 20"};
  return {};
}

Result<int> run_log(Context& context, const Args& args) {
  LIBRE_CHECK(check(args));
  auto project = context.project_if_any();
  if (!project && args.words.empty()) LIBRE_CHECK(context.project());
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  Reader reader{context, args, std::move(project), std::move(instance)};
  if (!args.words.empty()) reader.query.job = args.words[0];
  if (reader.project) reader.query.project = reader.project->name;
  reader.query.follow = args.follow;
  const bool part = args.tail || (!args.filter.empty() && !args.loop);
  if (part) reader.query.filter = args.filter;
  if (args.tail) reader.query.last_lines = static_cast<std::uint64_t>(*args.tail);
  auto code = part ? show_part(reader) : show_whole(reader);
  if (code || code.error().code != Errc::interrupted || !(args.follow || args.loop)) return code;
  Error left = std::move(code).error();
  left.message = "stopped watching; the job goes on";
  left.hint = "re log -f" + (args.words.empty() ? std::string() : " " + libre::shell_quote(args.words[0]));
  return left;
}

}  // namespace

void add_log(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.add("log", "Show what a job printed")
      .words(args->words, "[JOB]", "JOB  an id or a name from re list; the project's last job otherwise")
      .option("--loop", args->loop, "SECONDS", "look again every so often, until the job has ended")
      .option("--filter", args->filter, "PATTERN", "only lines that contain this text")
      .flag("-f,--follow", args->follow, "show it as it comes, until the job has ended")
      .option("-n,--tail", args->tail, "N", "only the last N lines")
      .about("The whole log is also kept here as PROJECT.log; with --tail or --filter it is only\n"
             "shown. With --follow and --loop the exit code is the job's. Ctrl-C leaves it running.")
      .example("re log", "all of it so far")
      .example("re log -f -n 20", "the end, and what comes")
      .example("re log --loop=20 --filter=loss", "as in the original")
      .runs([args](Context& context) { return run_log(context, *args); });
}

}  // namespace cli
