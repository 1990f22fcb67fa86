// re log: what a job printed; once, every few seconds, or as it comes.
#include "cli/commands/log.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    take(piece, end != std::string_view::npos, kept);
    bytes.remove_prefix(piece.size());
  }
  return kept;
}

void LineFilter::take(std::string_view piece, bool ended, std::string& kept) {
  if (passing_) {
    kept += piece;
    passing_ = !ended;
    return;
  }
  partial_ += piece;
  if (!ended && partial_.size() <= line_limit) return;
  if (partial_.find(pattern_) != std::string::npos) {
    kept += partial_;
    cut_ |= forgotten_;
    passing_ = !ended;
    partial_.clear();
  } else if (ended) {
    partial_.clear();
  } else {  // the pattern may still begin in the last bytes
    partial_.erase(0, partial_.size() - std::min(partial_.size(), pattern_.size() - 1));
  }
  forgotten_ = !ended && !passing_;
}

std::string LineFilter::finish() {
  std::string rest = std::move(partial_);
  partial_.clear();
  return !pattern_.empty() && rest.find(pattern_) != std::string::npos ? rest : std::string();
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
    if (context.globals.json)
      LIBRE_CHECK(context.screen.out(json_document({{"job", libre::to_json(job)}})));
    if (waited) return job_code(context.screen, job);
    tell_log_error(context.screen, job);
    return 0;
  }
  // Only the whole log of a job of this project is worth a copy.
  bool copies(const JobInfo& job) const { return project && job.spec.project_id == project->id; }
};

// A part of the log, or lines picked on the other side: shown, not kept.
Result<int> show_part(Reader& reader) {
  reader.query.filter = reader.args.filter;
  if (reader.args.tail) reader.query.last_lines = static_cast<std::uint64_t>(*reader.args.tail);
  LIBRE_TRY(const JobInfo job, reader.instance.log(reader.query, [&](const libre::LogChunk& chunk) {
    return reader.print(chunk);
  }));
  return reader.finish(job, reader.args.follow);
}

// The whole log of one job: the local copy first, then what is new, which the copy gets too.
class Whole {
 public:
  Whole(Reader& reader, JobInfo job)
      : reader_(reader), job_(std::move(job)), filter_(reader.args.filter) {}

  // With --loop again and again.
  Result<int> show() {
    if (reader_.copies(job_)) LIBRE_CHECK(begin_with_copy());
    known_ = job_.log_size;
    for (;;) {
      reader_.query.offset = next_;
      LIBRE_TRY(job_, reader_.instance.log(reader_.query, [&](const libre::LogChunk& chunk) {
        return take(chunk);
      }));
      if (copy_) keep(copy_->settle());
      if (!reader_.args.loop || (job_.end && next_ >= job_.log_size)) break;
      if (!reader_.context.signals.sleep(*reader_.args.loop))
        return Error{Errc::interrupted, "interrupted"};
    }
    const std::string rest = filter_.finish();
    if (!rest.empty()) LIBRE_CHECK(reader_.print({.offset = next_ - rest.size(), .bytes = rest}));
    if (filter_.cut())
      reader_.context.screen.notice(
          fmt::format("of a line longer than {} the beginning is not shown",
                      libre::human_bytes(LineFilter::line_limit)));
    return reader_.finish(job_, reader_.args.follow || reader_.args.loop);
  }

 private:
  // A copy that cannot be written is no reason to show nothing.
  bool keep(const Result<void>& kept) {
    if (!kept) give_up_copy(kept.error());
    return kept.has_value();
  }
  void give_up_copy(const Error& why) {
    copy_.reset();
    reader_.context.screen.notice(fmt::format("no local copy of the log is kept: {}{}{}",
                                              why.message, why.cause.empty() ? "" : ": ",
                                              why.cause));
  }

  Result<void> begin_with_copy() {
    auto opened =
        libre::LogCopy::open(*reader_.project, reader_.instance.config().describe(), job_);
    if (!opened) {
      give_up_copy(opened.error());
      return {};
    }
    copy_ = std::move(*opened);
    const std::uint64_t size = copy_->plan().offset;
    LIBRE_CHECK(show_copy(size));
    if (next_ < size) give_up_copy({Errc::io, "it cannot be read"});
    return {};
  }

  // Shows the first `size` bytes of the copy, or as many as can be read.
  Result<void> show_copy(std::uint64_t size) {
    std::ifstream file(reader_.project->root / reader_.project->log_file_name(), std::ios::binary);
    std::string buffer(64 * 1024, '\0');
    while (next_ < size && file) {
      file.read(buffer.data(),
                static_cast<std::streamsize>(std::min<std::uint64_t>(buffer.size(), size - next_)));
      const auto count = static_cast<std::size_t>(file.gcount());
      if (count == 0) break;
      LIBRE_CHECK(show_piece({.offset = next_, .bytes = buffer.substr(0, count)}));
    }
    return {};
  }

  Result<void> take(const libre::LogChunk& chunk) {
    if (copy_) keep(copy_->append(chunk.offset, chunk.bytes));
    LIBRE_CHECK(show_piece(chunk));
    // The copy takes its place as soon as it is whole, not only when a job of days has ended.
    if (copy_ && next_ >= known_) keep(copy_->settle());
    return {};
  }

  Result<void> show_piece(libre::LogChunk chunk) {
    next_ = chunk.offset + chunk.bytes.size();
    chunk.bytes = filter_.feed(chunk.bytes);
    return chunk.bytes.empty() ? Result<void>() : reader_.print(chunk);
  }

  Reader& reader_;
  JobInfo job_;
  LineFilter filter_;
  std::optional<libre::LogCopy> copy_;
  std::uint64_t next_ = 0;   // the first byte that was not shown yet
  std::uint64_t known_ = 0;  // how long the log was at the beginning
};

Result<int> show(Reader& reader) {
  // From here on by its id: "last" must not become another job when a connection is opened again.
  LIBRE_TRY(JobInfo job, reader.instance.find(reader.query.job, reader.query.project));
  reader.query.job = std::to_string(job.id);
  const bool over_there = !reader.args.filter.empty() && !reader.args.loop && !reader.copies(job);
  if (reader.args.tail || over_there) return show_part(reader);
  return Whole(reader, std::move(job)).show();
}

Result<void> check(const Args& args) {
  if (args.words.size() > 1)
    return Error{Errc::usage, "re log shows one job at a time", {}, "re log JOB"};
  if (args.loop && !(*args.loop > 0 && *args.loop <= 86400))
    return Error{Errc::usage, "--loop needs a number of seconds above 0", {}, "re log --loop 20"};
  if (args.loop && args.follow)
    return Error{Errc::usage, "--loop and --follow do the same", {}, "re log --follow"};
  if (args.tail && *args.tail < 0)
    return Error{Errc::usage, "--tail needs a number of lines", {}, "re log -n 20"};
  if (args.tail && args.loop)
    return Error{Errc::usage, "--tail and --loop do not go together", {}, "re log -f -n 20"};
  return {};
}

Result<int> run_log(Context& context, const Args& args) {
  LIBRE_CHECK(check(args));
  auto project = context.project_if_any();
  if (!project && args.words.empty()) LIBRE_CHECK(context.project());
  LIBRE_TRY(libre::Instance instance, context.connect(project ? &*project : nullptr));
  Reader reader{context, args, std::move(project), std::move(instance)};
  if (!args.words.empty()) reader.query.job = args.words[0];
  if (reader.project) reader.query.project = reader.project->id;
  reader.query.follow = args.follow;
  auto code = show(reader);
  if (code || code.error().code != Errc::interrupted || !(args.follow || args.loop)) return code;
  Error left = std::move(code).error();
  left.message = "stopped watching; the job goes on";
  left.hint =
      "re log -f" + (args.words.empty() ? std::string() : " " + libre::shell_quote(args.words[0]));
  return left;
}

}  // namespace

void add_log(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.add("log", "Show what a job printed")
      .words(args->words, "[JOB]",
             "JOB  an id or a name from re list; the project's last job otherwise")
      .option("--loop", args->loop, "SECONDS", "look again every so often, until the job has ended")
      .option("--filter", args->filter, "PATTERN", "only lines that contain this text")
      .flag("-f,--follow", args->follow, "show it as it comes, until the job has ended")
      .option("-n,--tail", args->tail, "N", "only the last N lines")
      .about(
          "The whole log is also kept here as PROJECT.log; with --tail it is only shown.\n"
          "With --follow and --loop the exit code is the job's. Ctrl-C leaves it running.")
      .example("re log", "all of it so far")
      .example("re log -f -n 20", "the end, and what comes")
      .example("re log --loop=20 --filter=loss", "as in the original")
      .runs([args](Context& context) { return run_log(context, *args); });
}

}  // namespace cli
