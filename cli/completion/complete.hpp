// What could stand where somebody presses Tab. Pure but for the sources, which are asked only where
// their answer is wanted.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "cli/parser.hpp"

namespace cli {

struct Candidate {
  std::string text, help;
  bool operator==(const Candidate&) const = default;
};

// Each may be empty. `line` are the options of the line so far: whose jobs, which mirror.
struct CompletionSources {
  std::function<std::vector<Candidate>()> instances, settings;
  std::function<std::vector<Candidate>()> jobs, forwards;
  std::function<std::vector<Candidate>(const std::string& prefix)> remote_paths;
};

struct Completion {
  std::vector<Candidate> candidates{};
  bool files = false, directories = false;  // the shell itself adds those of this machine
};

// `words` are those behind `re`, the last one as far as it is typed ("" for a new one). Words as bash
// cuts them ("--color", "=", "al") are understood as well.
Completion complete(const Parser& parser, std::vector<std::string> words,
                    const CompletionSources& sources);

// What `re __complete` prints: "text" or "text TAB help" a line, then ":files" or ":directories".
std::string render(const Completion& completion);

}  // namespace cli
