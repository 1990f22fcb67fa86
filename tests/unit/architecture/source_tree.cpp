#include "source_tree.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

namespace architecture {
namespace fs = std::filesystem;

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> includes;
  int number = 0;
  for (const auto& line : libre::split_lines(text)) {
    ++number;
    std::string_view rest = libre::trim(line);
    if (!rest.starts_with('#')) continue;
    rest = libre::trim(rest.substr(1));
    if (!rest.starts_with("include")) continue;
    rest = libre::trim(rest.substr(7));
    if (rest.empty() || (rest[0] != '<' && rest[0] != '"')) continue;
    const bool angled = rest[0] == '<';
    const auto end = rest.find(angled ? '>' : '"', 1);
    if (end == std::string_view::npos) continue;
    includes.push_back({std::string(rest.substr(1, end - 1)), angled, number});
  }
  return includes;
}

std::set<std::string> depends_of(std::string_view cmake_text) {
  std::set<std::string> modules;
  bool inside = false;
  std::string word;
  for (const char c : std::string(cmake_text) + " ") {
    const bool separator = c == ' ' || c == '\n' || c == '(' || c == ')';
    if (!separator) {
      word += c;
      continue;
    }
    if (word == "DEPENDS")
      inside = true;
    else if (word == "LIBRARIES" || word == "AGENT" || word == "CLIENT_ONLY")
      inside = false;
    else if (inside && !word.empty())
      modules.insert(word);
    if (c == ')') inside = false;
    word.clear();
  }
  return modules;
}

namespace {

bool is_skipped_folder(const fs::path& path) {
  const std::string name = path.filename();
  return name == "build" || name == ".git" || name == ".cache" || name == "corpus";
}

bool is_text(const std::string& content) {
  return content.find('\0') == std::string::npos && libre::is_utf8(content);
}

}  // namespace

Tree read_tree(const fs::path& root) {
  Tree tree;
  for (fs::recursive_directory_iterator entry(root), end; entry != end; ++entry) {
    if (entry->is_directory() && is_skipped_folder(entry->path()))
      entry.disable_recursion_pending();
    if (!entry->is_regular_file() || entry->is_symlink()) continue;
    auto text = libre::read_file(entry->path());
    if (!text || !is_text(*text)) continue;
    SourceFile file{entry->path().lexically_relative(root).generic_string(), std::move(*text), {}};
    const auto extension = entry->path().extension();
    if (extension != ".cpp" && extension != ".hpp") {
      const auto parts = libre::split(file.path, '/');
      if (parts.size() == 3 && parts[0] == "lib" && parts[2] == "CMakeLists.txt")
        tree.depends[parts[1]] = depends_of(file.text);
      tree.others.push_back(std::move(file));
      continue;
    }
    file.includes = includes_of(file.text);
    tree.paths.insert(file.path);
    tree.sources.push_back(std::move(file));
  }
  return tree;
}

}  // namespace architecture
