#include "cli/run.hpp"

#include <algorithm>

#include <libre/version.hpp>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"

namespace cli {

using libre::Result;

void add_commands(Parser& parser) {
  add_conf(parser);
  add_sshadd(parser);
  add_doctor(parser);
  add_init(parser);
  add_install(parser);
  add_rsync(parser);
  add_watch(parser);
  add_sync(parser);
  add_async(parser);
  add_attach(parser);
  add_log(parser);
  add_list(parser);
  add_kill(parser);
  add_purge(parser);
  add_push(parser);
  add_pull(parser);
  add_data(parser);
  add_ssh(parser);
  add_probe(parser);
  add_top(parser);
  add_forward(parser);
  add_notebook(parser);
  add_tensorboard(parser);
  add_master(parser);
  add_man(parser);
  add_completion(parser);
}

namespace {

Result<int> run_choice(Context& context, Parser& parser,
                       const std::vector<std::string>& arguments) {
  auto choice = parser.parse(arguments);
  if (!choice) {
    // The error itself must already come out as the caller asked for it.
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    Screen::Settings settings;
    settings.json = std::find(arguments.begin(), end, "--json") != end;
    context.screen.set(settings);
    return std::move(choice).error();
  }
  if (choice->version) {
    LIBRE_CHECK(context.screen.out(std::string("re ") + libre::version + "\n"));
    return 0;
  }
  if (choice->help) {
    LIBRE_CHECK(context.screen.out(choice->command ? choice->command->help() : parser.overview()));
    return choice->command || !arguments.empty() ? 0 : 2;
  }
  LIBRE_CHECK(context.apply_globals());
  return choice->command->body()(context);
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Context context;
  Parser parser(context.globals);
  add_commands(parser);
  context.parser = &parser;
  auto code = run_choice(context, parser, arguments);
  if (code) return *code;
  context.screen.error(code.error());
  return exit_code(code.error());
}

}  // namespace cli
