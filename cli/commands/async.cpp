// re async: start a command over there and leave it.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/submit.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_async(Context& context, const SubmitArgs& args) {
  LIBRE_TRY(libre::JobSpec spec, job_spec(args));
  LIBRE_TRY(const Submitted submitted, submit(context, args, std::move(spec)));
  const libre::JobInfo& job = submitted.job;
  const std::string data =
      context.globals.json
          ? json_document({{"instance", json_string(submitted.instance.config().name)},
                           {"job", libre::to_json(job)}})
          : fmt::format("{}\n", job.id);
  context.screen.talk(fmt::format("{}; follow it with: {}", job_on(job, submitted.instance),
                                  typed_again(context, fmt::format("re log -f {}", job.id))));
  LIBRE_CHECK(context.screen.out(data));
  return 0;
}

}  // namespace

void add_async(Parser& parser) {
  const auto args = std::make_shared<SubmitArgs>();
  Command& command = parser.add("async", "Start a command on the instance and leave it running");
  add_submit_options(command, *args);
  command.about("Prints the id of the job. It goes on when this machine sleeps or goes away.")
      .example("re async \"python3 train.py\"", "then: re log -f")
      .example("re async --name big --env SEED=7 -- ./train --lr 0.1", "named, with an environment")
      .runs([args](Context& context) { return run_async(context, *args); });
}

}  // namespace cli
