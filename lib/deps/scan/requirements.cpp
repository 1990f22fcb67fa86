#include "deps/scan/requirements.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "deps/scan/package_names.hpp"

namespace libre::deps {
namespace {

constexpr std::string_view marker = "# Written by re from the imports of this project";

bool is_package_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// A word that cannot begin a requirement goes on with the one before it: "torch >= 2", "x [extra]".
bool goes_on(std::string_view before, std::string_view word) {
  constexpr std::string_view joints = "<>=!~,;[](@";
  const auto joint = [&](char c) { return joints.find(c) != std::string_view::npos; };
  return joint(word.front()) || (joint(before.back()) && before.back() != ']');
}

std::vector<std::string> taken_apart(std::string_view text) {
  // Behind a marker or an address spaces mean other things.
  if (text.find(';') != std::string_view::npos || text.find("://") != std::string_view::npos)
    return {std::string(trim(text))};
  std::vector<std::string> requirements;
  for (std::size_t at = text.find_first_not_of(" \t\n"); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(" \t\n", at), text.size());
    const auto word = text.substr(at, end - at);
    if (!requirements.empty() && goes_on(requirements.back(), word))
      requirements.back() += " " + std::string(word);
    else
      requirements.emplace_back(word);
    at = text.find_first_not_of(" \t\n", end);
  }
  return requirements;
}

Result<void> check(const std::string& requirement) {
  const auto refuse = [&](const char* why, const char* hint) {
    return Error{Errc::usage, "\"" + printable(requirement) + "\" is no package to install", why,
                 hint};
  };
  if (requirement.find_first_of("\n\r") != std::string::npos ||
      requirement.find('\0') != std::string::npos)
    return refuse("it holds a line break", "name packages as in a requirements file: \"torch>=2\"");
  if (requirement_name(requirement).empty() || requirement[0] == '.')
    return refuse(
        "it begins like an option or a file",
        "name packages as in a requirements file: \"torch>=2\"; options of pip belong into one");
  const auto address = requirement.find("://");
  const auto at = requirement.find('@', address == std::string::npos ? 0 : address);
  const auto path = requirement.find('/', address == std::string::npos ? 0 : address + 3);
  const auto colon = requirement.find(':', address == std::string::npos ? 0 : address + 3);
  if (address != std::string::npos && at < path && colon < at)
    return refuse("there is a password in its address", "put it into ~/.netrc on the instance");
  return {};
}

void list(std::string& text, const ScanReport& scan, const char* prefix, auto&& wanted) {
  for (const auto& package : scan.packages)
    if (wanted(package)) text += prefix + package.requirement + "\n";
}

}  // namespace

std::string requirement_name(std::string_view requirement) {
  requirement = trim(requirement);
  std::size_t end = 0;
  while (end < requirement.size() && is_package_char(requirement[end])) ++end;
  const auto name = requirement.substr(0, end);
  const bool package =
      !name.empty() && name[0] != '-' && name[0] != '.' &&
      (end == requirement.size() ||
       std::string_view(" \t[<>=!~;@(,").find(requirement[end]) != std::string_view::npos);
  return package ? std::string(name) : std::string();
}

bool is_generated(std::string_view requirements_txt) {
  return requirements_txt.starts_with(marker);
}

std::string generated_requirements(const ScanReport& scan) {
  std::string text(marker);
  text +=
      ". It is written anew by `re init --force`;\n"
      "# without this first line it is your own, and re never touches it.\n";
  const auto sure = [](const auto& package) { return !package.guessed && !package.optional; };
  const auto guessed = [](const auto& package) { return package.guessed && !package.optional; };
  const auto optional = [](const auto& package) { return package.optional; };
  list(text, scan, "", sure);
  if (std::ranges::any_of(scan.packages, guessed))
    text += "# Guessed: named as they are imported. Look whether that is right.\n";
  list(text, scan, "", guessed);
  if (std::ranges::any_of(scan.packages, optional))
    text += "# The program goes on without these:\n";
  list(text, scan, "# ", optional);
  return text;
}

std::vector<std::string> required_names(std::string_view requirements_txt) {
  std::vector<std::string> names;
  for (const auto& line : split_lines(requirements_txt)) {
    const auto text = trim(line);
    if (text.empty() || text[0] == '#' || text[0] == '-') continue;
    if (const auto name = requirement_name(text); !name.empty()) names.push_back(normalized(name));
  }
  return names;
}

Result<std::vector<std::string>> typed_requirements(const std::vector<std::string>& words) {
  auto requirements = words.size() == 1 ? taken_apart(words[0]) : words;
  std::erase_if(requirements, [](const std::string& word) { return trim(word).empty(); });
  if (requirements.empty())
    return Error{Errc::usage, "no package is named", {}, "re install \"torch>=2\""};
  for (const auto& requirement : requirements) LIBRE_CHECK(check(requirement));
  return requirements;
}

}  // namespace libre::deps
