#include "cli/completion/complete.hpp"

#include <algorithm>
#include <sstream>

#include <libre/probe.hpp>
#include <libre/text.hpp>

namespace cli {
namespace {

using Words = std::vector<std::string>;

std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, separator);) result.push_back(piece);
  return result;
}

// "-f, --follow" as {"-f", "--follow"}; "--rsync, --no-rsync" likewise.
std::vector<std::string> names_of(const OptionText& option) {
  auto names = pieces(option.names, ',');
  for (auto& name : names) name.erase(0, name.find_first_not_of(' '));
  return names;
}

const OptionText* find_option(const Parser& parser, const Command* command,
                              const std::string& name) {
  const auto search = [&](const std::vector<OptionText>& options) -> const OptionText* {
    for (const auto& option : options) {
      const auto names = names_of(option);
      if (std::find(names.begin(), names.end(), name) != names.end()) return &option;
    }
    return nullptr;
  };
  if (command)
    if (const auto* own = search(command->options())) return own;
  return search(parser.global_options());
}

std::string first_sentence(const std::string& help) { return help.substr(0, help.find('\n')); }

class Completing {
 public:
  Completing(const Parser& parser, Words words, const CompletionSources& sources)
      : parser_(parser), sources_(sources) {
    // bash cuts at "=": "--color", "=", "al".
    bool behind_mark = false;
    for (auto& word : words) {
      const bool mark = word == "=" && !words_.empty() && words_.back().starts_with("--");
      if (behind_mark)
        words_.back() = std::move(word);
      else
        words_.push_back(mark ? std::string() : std::move(word));
      behind_mark = mark;
    }
    current_ = words_.empty() ? std::string() : words_.back();
    if (!words_.empty()) words_.pop_back();
  }

  Completion run() {
    const OptionText* pending = walk();
    if (only_words_ && takes_command_) {
      result_.files = true;
    } else if (pending) {
      value(pending->value, {});
    } else if (!only_words_ && current_.starts_with("--") &&
               current_.find('=') != std::string::npos) {
      const auto mark = current_.find('=');
      const std::string name = current_.substr(0, mark);
      current_ = current_.substr(mark + 1);
      if (const auto* option = find_option(parser_, command_, name))
        value(option->value, name + "=");
    } else if (!only_words_ && current_.starts_with("-")) {
      options();
    } else if (!command_) {
      for (const auto& command : parser_.commands())
        if (!command->is_hidden()) add(command->name(), command->summary());
    } else {
      word();
    }
    return std::move(result_);
  }

 private:
  // Reads the words before the one to complete; the option that still waits for its value.
  const OptionText* walk() {
    const OptionText* pending = nullptr;
    for (const auto& word : words_) {
      if (std::exchange(pending, nullptr)) continue;
      if (word == "--" && !only_words_) {
        only_words_ = true;
      } else if (!only_words_ && word.size() > 1 && word[0] == '-') {
        const auto* option = find_option(parser_, command_, word);
        if (option && !option->value.empty()) pending = option;
        flagged_ = flagged_ || (command_ && word == command_->kinds_flag());
      } else if (!command_) {
        command_ = parser_.find(word);
        takes_command_ = command_ && command_->is_for_commands();
      } else {
        ++position_;
      }
    }
    return pending;
  }

  void add(const std::string& text, const std::string& help, const std::string& glue = {}) {
    // A shell takes one candidate a line.
    if (!text.starts_with(current_) || text.find_first_of("\n\t") != std::string::npos) return;
    result_.candidates.push_back({glue + text, first_sentence(help)});
  }

  void add_all(const std::function<std::vector<Candidate>()>& source, const std::string& glue) {
    if (!source) return;
    for (const auto& candidate : source()) add(candidate.text, candidate.help, glue);
  }

  void options() {
    const auto all = [&](const std::vector<OptionText>& options) {
      for (const auto& option : options)
        for (const auto& name : names_of(option))
          if (name.starts_with("--") || current_.size() == name.size()) add(name, option.help);
    };
    if (command_) all(command_->options());
    all(parser_.global_options());
  }

  // What a placeholder of the help stands for: "FILE", "auto|always|never", …
  void value(const std::string& placeholder, const std::string& glue) {
    const auto means = [&](const char* word) {
      return placeholder.find(word) != std::string::npos;
    };
    if (means("USER@HOST") || means("INSTANCE")) add_all(sources_.instances, glue);
    if (means("USER@HOST")) add(libre::auto_instance, "the one that fits best", glue);
    if (means("SETTING")) add_all(sources_.settings, glue);
    if (means("JOB")) add_all(sources_.jobs, glue);
    if (means("FORWARD")) add_all(sources_.forwards, glue);
    if (means("COMMAND"))
      for (const auto& command : parser_.commands())
        if (!command->is_hidden()) add(command->name(), command->summary(), glue);
    if (means("REMOTE") && sources_.remote_paths)
      for (const auto& candidate : sources_.remote_paths(current_))
        if (candidate.text.ends_with('/') || !means("REMOTE/"))
          add(candidate.text, candidate.help, glue);
    if (means("FILE")) result_.files = true;
    if (means("DIR")) result_.directories = true;
    const bool literal =
        placeholder.find('|') != std::string::npos &&
        placeholder.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    if (literal)
      for (const auto& choice : pieces(placeholder, '|')) add(choice, {}, glue);
  }

  void word() {
    const auto& kinds = command_->word_kinds();
    if (takes_command_) result_.files = true;
    if (kinds.empty() || (!command_->kinds_flag().empty() && !flagged_)) return;
    // The last kind holds for all that follow where it says so.
    const auto last = kinds.size() - 1;
    if (position_ > last && kinds.back().find("…") == std::string::npos) return;
    value(kinds[std::min(position_, last)], {});
  }

  const Parser& parser_;
  const CompletionSources& sources_;
  Words words_;
  std::string current_;
  const Command* command_ = nullptr;
  std::size_t position_ = 0;
  bool only_words_ = false, takes_command_ = false;
  bool flagged_ = false;  // the flag that the command's word kinds hold with
  Completion result_;
};

}  // namespace

Completion complete(const Parser& parser, std::vector<std::string> words,
                    const CompletionSources& sources) {
  return Completing(parser, std::move(words), sources).run();
}

std::string render(const Completion& completion) {
  std::string text;
  for (const auto& candidate : completion.candidates)
    text += candidate.text +
            (candidate.help.empty() ? "" : "\t" + libre::printable(candidate.help)) + "\n";
  if (completion.files) text += ":files\n";
  if (completion.directories) text += ":directories\n";
  return text;
}

}  // namespace cli
