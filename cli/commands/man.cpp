// re man: everything, generated from what is registered.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/manual/pages.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct ManOptions {
  std::vector<std::string> words{};
  std::string write{};
};

// For packages and the build: pages for man(1).
Result<int> write_pages(Context& context, const std::filesystem::path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  for (const auto& page : manual_pages(*context.parser)) {
    std::ofstream file(directory / page.file, std::ios::binary | std::ios::trunc);
    file << page.text;
    if (!file.flush())
      return Error{Errc::io, fmt::format("cannot write {}", (directory / page.file).string()),
                   failure.message(), "re man --write DIR, with a directory of yours"};
  }
  return 0;
}

Result<int> run_man(Context& context, const ManOptions& args) {
  if (!args.write.empty()) return write_pages(context, args.write);
  const Parser& parser = *context.parser;
  std::string text;
  if (args.words.empty()) {
    text = parser.overview();
    for (const auto& command : parser.commands())
      if (!command->is_hidden())
        text += fmt::format("\n{:=<80}\nre {}: {}", "", command->name(), command->help());
  }
  for (const auto& word : args.words) {
    const Command* command = parser.find(word);
    if (!command)
      return Error{Errc::usage, fmt::format("there is no command \"{}\"", word), {}, "re man"};
    text += command->help();
  }
  LIBRE_CHECK(context.screen.out(text));
  return 0;
}

}  // namespace

void add_man(Parser& parser) {
  const auto args = std::make_shared<ManOptions>();
  parser.add("man", "Show the whole manual, or that of one command")
      .words(args->words, "[COMMAND]",
             "COMMAND  the command to read about; without one, all of them")
      .completes({"COMMAND"})
      .option("--write", args->write, "DIR", "write it as pages for man(1) into a directory")
      .example("re man", "everything")
      .example("re man log", "the same as re log --help")
      .runs([args](Context& context) { return run_man(context, *args); });
}

}  // namespace cli
