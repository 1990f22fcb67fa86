// re tensorboard: what training writes over there, in the browser here.
#include "cli/commands/commands.hpp"
#include "cli/commands/web_app.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct TensorboardOptions {
  WebAppArgs app{};
  std::vector<std::string> words{};
};

Result<int> run_tensorboard(Context& context, const TensorboardOptions& args) {
  if (args.words.size() != 1)
    return Error{Errc::usage, "re tensorboard takes one directory", {}, "re tensorboard runs"};
  return run_web_app(context, libre::tensorboard_app(args.words.front()), args.app);
}

}  // namespace

void add_tensorboard(Parser& parser) {
  const auto args = std::make_shared<TensorboardOptions>();
  Command& command =
      parser.add("tensorboard", "Watch a directory of the instance with TensorBoard");
  command.words(args->words, "DIRECTORY", "of the project over there, with what training writes")
      .completes({"REMOTE/"});
  add_web_app_options(command, args->app);
  command
      .about(
          "Starts TensorBoard over there as a job, waits until it answers, and prints its address. "
          "It\n"
          "asks for no token: whoever has an account on the instance can see what it shows.")
      .example("re tensorboard runs", "until Ctrl-C")
      .example("re tensorboard runs --run-async", "leave it; re kill ends it")
      .runs([args](Context& context) { return run_tensorboard(context, *args); });
}

}  // namespace cli
