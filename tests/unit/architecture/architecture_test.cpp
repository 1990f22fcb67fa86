// Reads the repository and holds it to the rules in rules.hpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <libre/version.hpp>

#include "base/files.hpp"
#include "rules.hpp"

using namespace architecture;

static std::string all_of(const std::vector<std::string>& problems) {
  return fmt::format("{}", fmt::join(problems, "\n"));
}

template <class Rule>
static std::string over_includes(const Rule& rule) {
  std::vector<std::string> problems;
  for (const auto& file : read_tree(LIBRE_SOURCE_DIR).sources)
    for (const auto& include : file.includes)
      if (auto problem = rule(file, include); !problem.empty()) problems.push_back(problem);
  return all_of(problems);
}

TEST_CASE("modules include only what their CMakeLists.txt names") {
  const Tree tree = read_tree(LIBRE_SOURCE_DIR);
  REQUIRE(tree.depends.size() >= 8);
  CHECK(over_includes([&](const auto& file, const auto& include) {
          return check_layers(tree, file, include);
        }) == "");
}

TEST_CASE("third-party headers are named only in their own folder") {
  CHECK(over_includes(check_third_party) == "");
}

TEST_CASE("no file is too long to be read in one sitting") {
  std::vector<std::string> problems;
  for (const auto& file : read_tree(LIBRE_SOURCE_DIR).sources)
    if (auto problem = check_length(file); !problem.empty()) problems.push_back(problem);
  CHECK(all_of(problems) == "");
}

TEST_CASE("texts have no tabs, no space at line ends and no notes for later") {
  const Tree tree = read_tree(LIBRE_SOURCE_DIR);
  std::vector<std::string> problems;
  for (const auto* files : {&tree.sources, &tree.others})
    for (const auto& file : *files)
      for (auto& problem : check_text(file)) problems.push_back(std::move(problem));
  CHECK(all_of(problems) == "");
}

TEST_CASE("CMakeLists.txt and version.hpp say the same version") {
  const auto cmake = libre::read_file(LIBRE_SOURCE_DIR "/CMakeLists.txt");
  REQUIRE(cmake);
  CHECK(cmake->find(fmt::format("project(libre VERSION {} ", libre::version)) != std::string::npos);
}
