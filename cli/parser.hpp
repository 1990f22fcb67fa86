// The commands of `re`, their options and their help, as data; CLI11 stays in parser.cpp.
//
//   Command& list = app.add("list", "Show the jobs of this project");
//   list.flag("--all", args->all, "also the jobs that have ended long ago")
//       .example("re list --json", "for programs")
//       .runs([args](Context& context) { return run_list(context, *args); });
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

class Context;

// Options that every command takes, before or after its name.
struct Globals {
  std::string instance{};
  std::optional<std::int64_t> instance_index{};
  std::string remote_home{};
  bool verbose = false;
  bool json = false;
  bool quiet = false;
  std::string color = "auto";
  std::optional<double> timeout{};  // seconds
};

struct OptionText {
  std::string names, value, help;
};  // "-f, --follow", "N", "…"
struct Example {
  std::string line, text;
};

class Command {
 public:
  Command(std::string name, std::string summary, CLI::App& app);

  // `names` as in "-f,--follow"; "--rsync,!--no-rsync" for a pair that sets and clears.
  Command& flag(const std::string& names, bool& target, const std::string& help);
  Command& option(const std::string& names, std::string& target, const std::string& value,
                  const std::string& help);
  Command& option(const std::string& names, std::optional<double>& target, const std::string& value,
                  const std::string& help);
  Command& option(const std::string& names, std::optional<std::int64_t>& target,
                  const std::string& value, const std::string& help);
  Command& option(const std::string& names, std::vector<std::string>& target,
                  const std::string& value, const std::string& help);  // may be repeated
  // The words that are no options; `usage` is how they look in the help: "SOURCE… [DESTINATION]".
  Command& words(std::vector<std::string>& target, const std::string& usage,
                 const std::string& help);
  // The words are a command with options of its own: what follows `--` belongs to it, byte for byte,
  // and `exact` is then set. So does, without `--`, what follows a first word without a space, unless
  // all of it is options of ours.
  Command& takes_command(bool& exact) {
    exact_ = &exact;
    return *this;
  }
  // What the words are, for completion: placeholders like JOB, INSTANCE, FILE, DIR, REMOTE (a path in the
  // mirror; REMOTE/ a directory), COMMAND, SETTING, FORWARD, or "one|two"; one with … holds for all that
  // follow. With `flag`: where that stands before them.
  Command& completes(std::vector<std::string> kinds, std::string flag = {}) {
    word_kinds_ = std::move(kinds);
    kinds_flag_ = std::move(flag);
    return *this;
  }
  // For programs: in no help and no manual.
  Command& hidden() {
    hidden_ = true;
    return *this;
  }
  Command& about(const std::string& paragraph) {
    about_ = paragraph;
    return *this;
  }
  Command& example(const std::string& line, const std::string& text) {
    examples_.push_back({line, text});
    return *this;
  }
  void runs(std::function<libre::Result<int>(Context&)> body) { body_ = std::move(body); }

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::vector<OptionText>& options() const { return options_; }
  const std::vector<std::string>& word_kinds() const { return word_kinds_; }
  const std::string& kinds_flag() const { return kinds_flag_; }
  const std::string& usage() const { return usage_; }
  const std::string& words_help() const { return words_help_; }
  const std::string& paragraph() const { return about_; }
  bool is_hidden() const { return hidden_; }
  bool is_for_commands() const { return exact_ != nullptr; }  // see takes_command()
  const std::vector<Example>& examples() const { return examples_; }
  const std::function<libre::Result<int>(Context&)>& body() const { return body_; }
  std::string help() const;  // what `re NAME --help` prints

 private:
  friend class Parser;
  Command& describe(CLI::Option* option, const std::string& names, const std::string& value,
                    const std::string& help);
  std::string name_, summary_, about_, usage_, words_help_, kinds_flag_;
  CLI::App& app_;
  std::vector<OptionText> options_, common_;
  std::vector<std::string> word_kinds_;
  std::vector<Example> examples_;
  std::vector<std::string>* words_ = nullptr;
  bool* exact_ = nullptr;
  bool help_asked_ = false, hidden_ = false;
  std::function<libre::Result<int>(Context&)> body_;
};

class Parser {
 public:
  explicit Parser(Globals& globals);
  ~Parser();
  Command& add(const std::string& name, const std::string& summary);

  // What a command line asks for. Null command with help: the overview.
  struct Choice {
    const Command* command = nullptr;
    bool help = false, version = false;
  };
  // Fills the variables that the options are bound to. Errc::usage names the nearest that there is.
  libre::Result<Choice> parse(std::vector<std::string> arguments);

  const std::vector<std::unique_ptr<Command>>& commands() const { return commands_; }
  const std::vector<OptionText>& global_options() const { return global_texts_; }
  const Command* find(const std::string& name) const;
  std::string overview() const;

 private:
  void add_globals(CLI::App& app, std::vector<OptionText>& texts);
  libre::Result<void> take_words(const Command& command,
                                 const std::vector<std::string>& rest) const;
  libre::Error explain(const Command* command, const std::string& problem) const;
  libre::Error unknown_option(const Command* command, const std::string& word) const;
  libre::Error unknown_command(const std::string& word) const;
  Globals& globals_;
  std::unique_ptr<CLI::App> app_;
  std::vector<OptionText> global_texts_;
  std::vector<std::unique_ptr<Command>> commands_;
  bool help_ = false, version_ = false;
};

}  // namespace cli
