// re man: everything, generated from what is registered.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"

namespace cli {
namespace {

using libre::Result;

Result<int> run_man(Context& context, const std::vector<std::string>& words) {
  const Parser& parser = *context.parser;
  std::string text;
  if (words.empty()) {
    text = parser.overview();
    for (const auto& command : parser.commands())
      text += fmt::format("\n{:=<80}\nre {}: {}", "", command->name(), command->help());
  }
  for (const auto& word : words) {
    const Command* command = parser.find(word);
    if (!command)
      return libre::Error{
          libre::Errc::usage, fmt::format("there is no command \"{}\"", word), {}, "re man"};
    text += command->help();
  }
  LIBRE_CHECK(context.screen.out(text));
  return 0;
}

}  // namespace

void add_man(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  parser.add("man", "Show the whole manual, or that of one command")
      .words(*words, "[COMMAND]", "COMMAND  the command to read about; without one, all of them")
      .example("re man", "everything")
      .example("re man log", "the same as re log --help")
      .runs([words](Context& context) { return run_man(context, *words); });
}

}  // namespace cli
