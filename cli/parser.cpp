#include "cli/parser.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include <libre/text.hpp>

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

Command::Command(std::string name, std::string summary, CLI::App& app)
    : name_(std::move(name)), summary_(std::move(summary)), app_(app) {
  app_.set_help_flag();
  app_.add_flag("-h,--help", help_asked_, "");
}

Command& Command::describe(CLI::Option* option, const std::string& names, const std::string& value,
                           const std::string& help) {
  if (!value.empty()) option->allow_extra_args(false);
  std::string shown;
  for (const char c : names) {
    if (c == ',')
      shown += ", ";
    else if (c != '!')
      shown += c;
  }
  options_.push_back({shown, value, help});
  return *this;
}

Command& Command::flag(const std::string& names, bool& target, const std::string& help) {
  return describe(app_.add_flag(names, target), names, {}, help);
}
Command& Command::option(const std::string& names, std::string& target, const std::string& value,
                         const std::string& help) {
  return describe(app_.add_option(names, target), names, value, help);
}
Command& Command::option(const std::string& names, std::optional<double>& target,
                         const std::string& value, const std::string& help) {
  return describe(app_.add_option(names, target), names, value, help);
}
Command& Command::option(const std::string& names, std::optional<std::int64_t>& target,
                         const std::string& value, const std::string& help) {
  return describe(app_.add_option(names, target), names, value, help);
}
Command& Command::option(const std::string& names, std::vector<std::string>& target,
                         const std::string& value, const std::string& help) {
  return describe(app_.add_option(names, target), names, value, help);
}

Command& Command::words(std::vector<std::string>& target, const std::string& usage,
                        const std::string& help) {
  words_ = &target;
  usage_ = usage;
  words_help_ = help;
  return *this;
}

Parser::Parser(Globals& globals) : globals_(globals), app_(std::make_unique<CLI::App>()) {
  app_->set_help_flag();
  app_->add_flag("-h,--help", help_, "");
  app_->add_flag("--version", version_, "");
  app_->require_subcommand(0, 1);
  add_globals(*app_, global_texts_);
}

Parser::~Parser() = default;

void Parser::add_globals(CLI::App& app, std::vector<OptionText>& texts) {
  app.add_option("--instance", globals_.instance);
  app.add_option("--instance-idx", globals_.instance_index);
  app.add_option("--remote-home", globals_.remote_home);
  app.add_option("--timeout", globals_.timeout);
  app.add_flag("-v,--verbose", globals_.verbose);
  app.add_flag("-q,--quiet", globals_.quiet);
  app.add_flag("--json", globals_.json);
  app.add_option("--color,--colour", globals_.color);
  texts = {{"--instance", "NAME|INDEX|USER@HOST", "the machine to use; `local` is this one"},
           {"--instance-idx", "N", "the same by the number in the configuration"},
           {"--remote-home", "DIR", "where projects live there, instead of ~/projects/"},
           {"--timeout", "SECONDS",
            "give up connecting after this time (20), and on a connection that broke (never\n"
            "                            while something is watched or moved)"},
           {"-v, --verbose", "", "tell each step on stderr"},
           {"-q, --quiet", "", "tell nothing but errors"},
           {"--json", "", "print data, and errors, as JSON"},
           {"--color", "auto|always|never", "colours; NO_COLOR and CLICOLOR_FORCE are heard"},
           {"-h, --help", "", "show this help"}};
}

Command& Parser::add(const std::string& name, const std::string& summary) {
  CLI::App& app = *app_->add_subcommand(name, summary);
  commands_.push_back(std::make_unique<Command>(name, summary, app));
  Command& command = *commands_.back();
  add_globals(app, command.common_);
  return command;
}

const Command* Parser::find(const std::string& name) const {
  for (const auto& command : commands_)
    if (command->name() == name) return command.get();
  return nullptr;
}

Error Parser::explain(const Command* command, const std::string& problem) const {
  return {Errc::usage,
          problem,
          {},
          command ? fmt::format("re {} --help", command->name()) : "re --help"};
}

Error Parser::unknown_option(const Command* command, const std::string& word) const {
  const std::string option = word.substr(0, word.find('='));
  std::vector<std::string> known;
  const auto collect = [&](const std::vector<OptionText>& texts) {
    for (const auto& text : texts)
      for (std::size_t at = 0; at != std::string::npos; at = text.names.find("--", at + 1))
        if (at = text.names.find("--", at); at != std::string::npos)
          known.push_back(text.names.substr(at, text.names.find(',', at) - at));
        else
          break;
  };
  collect(global_texts_);
  if (command) collect(command->options_);
  Error error = explain(
      command,
      command ? fmt::format("re {} has no option {}", command->name(), libre::printable(option))
              : fmt::format("there is no option {}", libre::printable(option)));
  const auto near = libre::nearest(option, known);
  if (!near.empty())
    error.hint = fmt::format("did you mean {}?", near);
  else if (command && command->exact_)
    error.hint = fmt::format("put -- before a command with options: re {} -- PROGRAM {}",
                             command->name(), libre::printable(option));
  return error;
}

Error Parser::unknown_command(const std::string& word) const {
  std::vector<std::string> names;
  for (const auto& command : commands_)
    if (!command->is_hidden()) names.push_back(command->name());
  const auto near = libre::nearest(word, names);
  return {Errc::usage,
          fmt::format("there is no command \"{}\"", libre::printable(word)),
          {},
          near.empty() ? "re --help" : fmt::format("did you mean re {}?", near)};
}

namespace {

using Words = std::vector<std::string>;

// How many words, from `at` on, the option of `app` that stands there takes; 0 where none stands there.
std::size_t option_span(const CLI::App& app, const Words& words, std::size_t at) {
  const std::string& word = words[at];
  if (word.size() < 2 || word[0] != '-' || word == "--") return 0;
  const bool glued = word[1] != '-' && word.size() > 2;  // -n20, -vq
  const auto* option =
      app.get_option_no_throw(glued ? word.substr(0, 2) : word.substr(0, word.find('=')));
  if (!option) return 0;
  const bool whole =
      glued || word.find('=') != std::string::npos || option->get_items_expected_max() == 0;
  return whole ? 1 : 2;
}

// The first word from `at` on that is neither an option of `app` nor the value of one.
std::size_t first_word(const CLI::App& app, const Words& words, std::size_t at) {
  for (std::size_t span = 1; at < words.size() && span > 0; at += span)
    if (span = option_span(app, words, at); span == 0) break;
  return std::min(at, words.size());
}

// Cuts the command off that `words` end with: all behind `--`; without one, everything from the first
// word on where options follow that are not ours ("python3 train.py --lr 1"). Options of ours may
// follow one word alone, as in the original: "python3 train.py" --no-rsync.
std::optional<Words> cut_command(const CLI::App& app, Words& words, std::size_t at) {
  auto begin = first_word(app, words, at);
  const bool marked = begin < words.size() && words[begin] == "--";
  const bool dashed = begin < words.size() && words[begin].starts_with('-');
  if (!marked && (dashed || begin == words.size() ||
                  words[begin].find_first_of(" \t\n") != std::string::npos ||
                  first_word(app, words, begin + 1) == words.size())) {
    // One line for the shell; a mark behind it is refused later.
    const auto mark = std::find(
        words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())), words.end(), "--");
    if (mark == words.end()) return std::nullopt;
    begin = static_cast<std::size_t>(mark - words.begin());
  }
  const auto cut = words.begin() + static_cast<std::ptrdiff_t>(begin);
  Words command(cut + (*cut == "--" ? 1 : 0), words.end());
  words.erase(cut, words.end());
  return command;
}

bool ends_with(const Words& all, const Words& tail) {
  return all.size() >= tail.size() && std::equal(tail.rbegin(), tail.rend(), all.rbegin());
}

}  // namespace

// CLI11 splits words like "[a,b]" where it knows of positionals, so it knows of none here.
Result<void> Parser::take_words(const Command& command,
                                const std::vector<std::string>& rest) const {
  bool only_words = false;
  for (const auto& word : rest) {
    const bool dash = word.size() > 1 && word[0] == '-' && !only_words;
    if (dash && word != "--") return unknown_option(&command, word);
    if (!dash && !command.words_)
      return explain(&command,
                     fmt::format("re {} takes no \"{}\"", command.name(), libre::printable(word)));
    if (dash)
      only_words = true;
    else
      command.words_->push_back(word);
  }
  return {};
}

Result<Parser::Choice> Parser::parse(std::vector<std::string> arguments) {
  // Which command it is decides what `--` means, so it is looked up before CLI11 reads the line.
  const auto name = first_word(*app_, arguments, 0);
  const Command* command = name < arguments.size() ? find(arguments[name]) : nullptr;
  std::optional<std::vector<std::string>> given;
  if (command && command->exact_) given = cut_command(command->app_, arguments, name + 1);
  try {
    app_->allow_extras();
    for (auto* sub : app_->get_subcommands([](CLI::App*) { return true; })) sub->allow_extras();
    app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return explain(command, error.what());
  }
  const auto chosen = app_->get_subcommands();
  command = chosen.empty() ? nullptr : find(chosen.front()->get_name());
  if (help_ || (command && command->help_asked_)) return Choice{command, true, false};
  if (version_) return Choice{nullptr, false, true};
  for (const auto& word : app_->remaining(false))
    return word.size() > 1 && word[0] == '-' ? unknown_option(nullptr, word)
                                             : unknown_command(word);
  if (!command) return Choice{nullptr, true, false};
  LIBRE_CHECK(take_words(*command, chosen.front()->remaining()));
  if (given && !command->words_->empty())
    return explain(command, fmt::format("\"{}\" stands before the -- that begins the command",
                                        libre::printable(command->words_->front())));
  if (given) {
    *command->words_ = *given;
    *command->exact_ = true;
  }
  if (!given && command->exact_ && command->words_->size() > 1 &&
      !ends_with(arguments, *command->words_))
    return Error{Errc::usage, "whose options are these?",
                 "options stand between the words of the command",
                 fmt::format("re {} [OPTIONS] -- PROGRAM ARGUMENTS…", command->name())};
  return Choice{command, false, false};
}

namespace {

std::string option_lines(const std::vector<OptionText>& options) {
  std::string text;
  for (const auto& option : options) {
    std::string left = "  " + option.names + (option.value.empty() ? "" : " " + option.value);
    if (left.size() < 28)
      left.resize(28, ' ');
    else
      left += "\n" + std::string(28, ' ');
    text += left + option.help + "\n";
  }
  return text;
}

}  // namespace

std::string Command::help() const {
  std::string text = fmt::format("{}\n\nUsage: re {} [OPTIONS]{}{}\n", summary_, name_,
                                 usage_.empty() ? "" : " ", usage_);
  if (!words_help_.empty()) text += "\n  " + words_help_ + "\n";
  if (!about_.empty()) text += "\n" + about_ + "\n";
  if (!options_.empty()) text += "\nOptions:\n" + option_lines(options_);
  if (!common_.empty()) text += "\nOptions of every command:\n" + option_lines(common_);
  if (!examples_.empty()) text += "\nExamples:\n";
  for (const auto& example : examples_)
    text += fmt::format("  {:<44}  # {}\n", example.line, example.text);
  return text;
}

std::string Parser::overview() const {
  std::string text =
      "re runs your code on machines that you reach by SSH.\n\nUsage: re [OPTIONS] COMMAND "
      "…\n\nCommands:\n";
  for (const auto& command : commands_)
    if (!command->is_hidden())
      text += fmt::format("  {:<11}  {}\n", command->name(), command->summary());
  text += "\nOptions of every command:\n" + option_lines(global_texts_);
  text +=
      "\nA first day:\n"
      "  re sshadd --instance me@machine   # once: name a machine\n"
      "  re init                           # once in the directory of your code\n"
      "  re async \"python3 train.py\"       # bring the code there and start it\n"
      "  re log -f                         # watch it\n"
      "  re pull results/ .                # fetch what it made\n"
      "\nre COMMAND --help tells more, re man everything.\n";
  return text;
}

}  // namespace cli
