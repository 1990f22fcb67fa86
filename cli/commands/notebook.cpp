// re notebook: Jupyter over there, in the browser here.
#include "cli/commands/commands.hpp"
#include "cli/commands/web_app.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::NotebookFlavour;
using libre::Result;

struct NotebookOptions {
  WebAppArgs app{};
  bool lab = false, classic = false;
};

Result<int> run_notebook(Context& context, const NotebookOptions& args) {
  if (args.lab && args.classic)
    return Error{Errc::usage, "--lab and --classic exclude each other", {}, "give one of both"};
  const auto flavour = args.lab       ? NotebookFlavour::lab
                       : args.classic ? NotebookFlavour::classic
                                      : NotebookFlavour::any;
  return run_web_app(context, libre::notebook_app(flavour), args.app);
}

}  // namespace

void add_notebook(Parser& parser) {
  const auto args = std::make_shared<NotebookOptions>();
  Command& command = parser.add("notebook", "Use Jupyter on the instance, in the browser here");
  add_web_app_options(command, args->app);
  command.flag("--lab", args->lab, "JupyterLab, not whichever is there")
      .flag("--classic", args->classic, "the classic notebook")
      .about(
          "Brings the code, starts Jupyter in the project over there as a job, waits until it "
          "answers,\n"
          "and prints its address with the token that opens it. Its kernels go on when the "
          "connection\n"
          "breaks or this machine sleeps, and the port here comes back by itself. Where one of "
          "the\n"
          "project runs already, that one is opened. Ctrl-C ends it.")
      .example("re notebook", "until Ctrl-C")
      .example("re notebook --run-async", "leave it; re list shows it, re kill ends it")
      .runs([args](Context& context) { return run_notebook(context, *args); });
}

}  // namespace cli
