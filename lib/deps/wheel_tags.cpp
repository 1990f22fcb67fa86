#include "deps/wheel_tags.hpp"

#include <charconv>

namespace libre::deps {
namespace {

// "3.11" of "3.11.2"; the minor of "glibc 2.36" with begin = "glibc 2.".
std::string feature_version(const std::string& version) {
  const auto first = version.find('.');
  return version.substr(0, version.find('.', first + 1));
}
int glibc_minor(const std::string& libc) {
  constexpr std::string_view begin = "glibc 2.";
  int minor = 0;
  if (libc.starts_with(begin))
    std::from_chars(libc.data() + begin.size(), libc.data() + libc.size(), minor);
  return minor;
}

}  // namespace

std::vector<std::string> platform_tags(const PythonFacts& machine) {
  std::vector<std::string> tags;
  for (int minor = glibc_minor(machine.libc); minor >= 5; --minor) {
    tags.push_back("manylinux_2_" + std::to_string(minor) + "_" + machine.machine);
    // The older names of three of them.
    if (minor == 17) tags.push_back("manylinux2014_" + machine.machine);
    if (minor == 12) tags.push_back("manylinux2010_" + machine.machine);
    if (minor == 5) tags.push_back("manylinux1_" + machine.machine);
  }
  tags.push_back("linux_" + machine.machine);
  return tags;
}

std::vector<std::string> fetch_words(const PythonFacts& here, const PythonFacts& there,
                                     const std::string& folder) {
  const bool alike = here.implementation == there.implementation && here.machine == there.machine &&
                     feature_version(here.version) == feature_version(there.version) &&
                     glibc_minor(here.libc) > 0 &&
                     glibc_minor(here.libc) <= glibc_minor(there.libc);
  if (alike) return {"wheel", "--wheel-dir", folder};
  std::vector<std::string> words = {"download",
                                    "--dest",
                                    folder,
                                    "--only-binary=:all:",
                                    "--python-version",
                                    there.version,
                                    "--implementation",
                                    there.implementation == "pypy" ? "pp" : "cp"};
  for (auto& tag : platform_tags(there)) words.insert(words.end(), {"--platform", std::move(tag)});
  return words;
}

}  // namespace libre::deps
