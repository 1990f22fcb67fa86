#include "deps/scan/package_names.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "deps/scan/package_table.hpp"

namespace libre::deps {
namespace {

PackageName known(std::string_view module) {
  using Source = PackageName::Source;
  for (const auto& line : split_lines(package_table)) {
    const auto space = line.find(' ');
    if (std::string_view(line).substr(0, space) != module) continue;
    const auto package = line.substr(space + 1);
    if (package == "-") return {{}, Source::nothing};
    if (package == "windows") return {{}, Source::windows};
    return {package == "=" ? std::string(module) : package, Source::table};
  }
  for (const auto& line : split_lines(same_name_table))
    for (const auto& word : split(line, ' '))
      if (word == module) return {word, Source::table};
  return {};
}

// Of the longest beginning of `module` that is known.
PackageName longest(std::string_view module) {
  for (std::string_view name = module;;) {
    if (auto found = known(name); found.source != PackageName::Source::guess) return found;
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return {std::string(name), PackageName::Source::guess};
    name = name.substr(0, dot);
  }
}

void add(std::vector<PackageName>& packages, PackageName package) {
  const bool there = std::ranges::any_of(packages, [&](const PackageName& other) {
    return other.package == package.package && other.source == package.source;
  });
  if (!there) packages.push_back(std::move(package));
}

}  // namespace

std::vector<PackageName> packages_of(std::string_view module,
                                     const std::vector<std::string>& names) {
  std::vector<PackageName> packages;
  for (const auto& name : names) add(packages, longest(std::string(module) + "." + name));
  if (names.empty()) add(packages, longest(module));
  // Beside a name that is a package of its own, those that are not say nothing.
  const bool some = std::ranges::any_of(packages, [](const PackageName& package) {
    return package.source == PackageName::Source::table;
  });
  if (some)
    std::erase_if(packages, [](const PackageName& package) {
      return package.source == PackageName::Source::nothing;
    });
  return packages;
}

std::string normalized(std::string_view package) {
  std::string name;
  for (const char c : to_lower(package)) {
    const bool dash = c == '-' || c == '_' || c == '.';
    if (!dash)
      name += c;
    else if (!name.ends_with('-'))
      name += '-';
  }
  return name;
}

}  // namespace libre::deps
