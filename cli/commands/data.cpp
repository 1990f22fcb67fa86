// re data: the instance fetches files by itself.
#include <fmt/format.h>
#include <unistd.h>

#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/commands/submit.hpp"
#include "cli/commands/terminal_job.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct DataOptions {
  std::vector<std::string> words{};
  std::string urls{};
  std::optional<std::int64_t> parallel{};
  bool unpack = false, force = false, async = false;
};

// The original's `--urls`: its help says commas, its code takes spaces.
std::vector<std::string> all_urls(const DataOptions& args) {
  auto urls = args.words;
  std::string text = args.urls;
  for (char& c : text)
    if (c == ',') c = ' ';
  std::istringstream stream(text);
  for (std::string url; stream >> url;) urls.push_back(url);
  return urls;
}

Result<int> run_data(Context& context, const DataOptions& args) {
  if (args.parallel && (*args.parallel < 1 || *args.parallel > 64))
    return Error{
        Errc::usage, "--parallel needs a number from 1 to 64", {}, "re data --parallel 4 URL"};
  const libre::DataRequest request{
      .urls = all_urls(args),
      .parallel = static_cast<std::uint64_t>(args.parallel.value_or(4)),
      .unpack = args.unpack,
      .force = args.force};
  LIBRE_TRY(const libre::Project project, context.project());
  LIBRE_TRY(libre::Instance instance, context.connect(&project));
  LIBRE_TRY(const libre::JobInfo job, instance.download(project, request));
  context.screen.talk(job_on(job, instance) + " fetches into data/");
  if (args.async) {
    const auto data = context.globals.json ? json_document({{"job", libre::to_json(job)}})
                                           : fmt::format("{}\n", job.id);
    LIBRE_CHECK(context.screen.out(data));
    return 0;
  }
  const auto show = [&](const libre::LogChunk& chunk) -> Result<void> {
    if (context.globals.quiet) return {};
    return context.screen.out_to(STDERR_FILENO, chunk.bytes);
  };
  const auto ended = instance.follow(job, {}, show);
  if (!ended) return left_running(context, job, ended.error(), "log -f");
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"job", libre::to_json(*ended)}})));
  return job_code(context.screen, *ended);
}

}  // namespace

void add_data(Parser& parser) {
  const auto args = std::make_shared<DataOptions>();
  parser.add("data", "Let the instance fetch files into data/")
      .words(args->words, "URL…",
             "URL  http, https or ftp; URL#sha256=DIGEST is compared, URL#name=NAME renames")
      .option("--urls", args->urls, "\"URL URL\"", "more of them in one word, as in the original")
      .option("--parallel", args->parallel, "N", "how many at once (4)")
      .flag("--unpack", args->unpack, "unpack tar, zip, gz, bz2, xz and zst when they have come")
      .flag("--force", args->force, "fetch anew what is there already")
      .flag("--run-async", args->async, "come back at once; prints the job's id")
      .about(
          "A job over there fetches with curl, wget or python3, whichever that machine has, into "
          "data/ of\n"
          "the project; its log is data/data.log. What is there whole is not fetched again, and "
          "what broke\n"
          "off goes on where it was. Ctrl-C ends it and keeps what has come.")
      .example("re data https://example.org/corpus.tar.gz --unpack", "one, unpacked")
      .example("re data --run-async https://example.org/a.bin https://example.org/b.bin",
               "two at once")
      .runs([args](Context& context) { return run_data(context, *args); });
}

}  // namespace cli
