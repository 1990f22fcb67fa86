// re completion: what a shell needs to complete our words; and re __complete, which it asks.
#include "cli/commands/commands.hpp"
#include "cli/completion/complete.hpp"
#include "cli/completion/scripts.hpp"
#include "cli/completion/sources.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

Result<int> print_script(Context& context, const std::vector<std::string>& words) {
  const auto script = words.size() == 1 ? completion_script(words.front()) : std::string_view();
  if (script.empty())
    return Error{Errc::usage,
                 "re completion takes bash, zsh or fish",
                 {},
                 "re completion bash, or see re completion --help"};
  LIBRE_CHECK(context.screen.out(script));
  return 0;
}

struct Asked {
  std::vector<std::string> words{};
  bool exact = false;
};

// Silent whatever happens: there is a half typed line on the terminal.
Result<int> answer(Context& context, const Asked& asked) {
  const auto sources = completion_sources(context, asked.words);
  LIBRE_CHECK(context.screen.out(render(complete(*context.parser, asked.words, sources))));
  return 0;
}

}  // namespace

void add_completion(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  parser.add("completion", "Print what a shell needs to complete commands, options and names")
      .words(*words, "bash|zsh|fish", "the shell")
      .completes({"bash|zsh|fish"})
      .about(
          "A package installs these already. Otherwise put the line into your start file. Job ids\n"
          "and paths over there are completed where a connection is open; Tab never logs in.")
      .example("source <(re completion bash)", "in ~/.bashrc")
      .example("source <(re completion zsh)", "in ~/.zshrc, behind compinit")
      .example("re completion fish | source", "in ~/.config/fish/config.fish")
      .runs([words](Context& context) { return print_script(context, *words); });
  const auto asked = std::make_shared<Asked>();
  parser.add("__complete", "For the shells: what the last of the words could become")
      .words(asked->words, "-- WORD…", "the line behind `re`, its last word as far as it is typed")
      .takes_command(asked->exact)
      .hidden()
      .runs([asked](Context& context) { return answer(context, *asked); });
}

}  // namespace cli
