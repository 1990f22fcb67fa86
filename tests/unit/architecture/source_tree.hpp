// The repository's own files as values: what they include, and which module may include which.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace architecture {

struct Include {
  std::string name;     // as written between the quotes or brackets
  bool angled = false;  // <name>
  int line = 0;
};

struct SourceFile {
  std::string path;  // relative to the repository, with '/'
  std::string text;
  std::vector<Include> includes;
};

std::vector<Include> includes_of(std::string_view text);

// The words after DEPENDS in a call of libre_module().
std::set<std::string> depends_of(std::string_view cmake_text);

struct Tree {
  std::vector<SourceFile> sources;  // .cpp and .hpp
  std::vector<SourceFile> others;   // every other text file of ours; no includes
  std::map<std::string, std::set<std::string>> depends;  // module → the modules that it names
  bool has(const std::string& path) const { return paths.contains(path); }
  std::set<std::string> paths;  // of `sources`
};

// Reads everything below `root` but build trees, git's own folder and fuzz corpora.
Tree read_tree(const std::filesystem::path& root);

}  // namespace architecture
