#include "deps/scan/notebook.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace libre::deps {
namespace {

// Of a cell magic whose cell is still Python.
bool keeps_python(std::string_view magic) {
  constexpr std::string_view magics[] = {"time",  "timeit", "capture", "prun",
                                         "memit", "mprun",  "python3"};
  return std::ranges::find(magics, magic) != std::end(magics);
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    std::string word;
    char quote = '\0';
    for (; at < line.size() && (quote != '\0' || (line[at] != ' ' && line[at] != '\t')); ++at) {
      const char c = line[at];
      if (quote == '\0' && (c == '"' || c == '\''))
        quote = c;
      else if (c == quote)
        quote = '\0';
      else
        word += c;
    }
    if (!word.empty()) words.push_back(word);
    ++at;
  }
  return words;
}

// What a "pip install" names; nothing where `line` is none. Files and addresses are not names.
std::vector<std::string> installed_by(std::string_view line) {
  const auto words = words_of(line);
  auto word = std::ranges::find(words, "install");
  const bool pip = word != words.begin() && word != words.end() &&
                   (*(word - 1) == "pip" || *(word - 1) == "pip3" || (word - 1)->ends_with("/pip"));
  std::vector<std::string> names;
  if (!pip) return names;
  for (++word; word != words.end(); ++word) {
    constexpr std::string_view with_value[] = {"-r",           "-c",
                                               "-e",           "-i",
                                               "-f",           "-t",
                                               "--index-url",  "--extra-index-url",
                                               "--find-links", "--requirement",
                                               "--constraint", "--editable",
                                               "--target"};
    if (*word == "&&" || *word == ";" || *word == "|" || word->find('>') == 0) break;
    if (std::ranges::find(with_value, *word) != std::end(with_value)) {
      if (++word == words.end()) break;
    } else if ((*word)[0] != '-' && word->find_first_of("/$\\{") == std::string::npos &&
               *word != ".") {
      names.push_back(*word);
    }
  }
  return names;
}

}  // namespace

CellCode cell_code(std::string_view cell) {
  CellCode code;
  bool first = true, python = true;
  for (const auto& line : split_lines(cell)) {
    const auto text = trim(line);
    if (text.empty()) {
      code.python += "\n";
      continue;
    }
    if (first && text.starts_with("%%"))
      python = keeps_python(text.substr(2, text.find_first_of(" \t") - 2));
    const bool ours = text.starts_with('%') || text.starts_with('!') || text.starts_with('?') ||
                      text.ends_with('?');
    first = false;
    if (ours) {
      auto names = installed_by(text.substr(1));
      code.installs.insert(code.installs.end(), names.begin(), names.end());
    }
    // An empty statement keeps a block that has only a magic in it a block.
    const auto indent = line.find_first_not_of(" \t");
    code.python += !python || ours ? line.substr(0, indent) + "pass\n" : line + "\n";
  }
  if (!python) code.python.clear();
  return code;
}

}  // namespace libre::deps
