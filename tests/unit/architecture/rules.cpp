#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace architecture {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// "lib/jobs/ledger.hpp" belongs to "jobs"; everything else to its top folder.
std::string owner_of(const std::string& path) {
  const auto parts = libre::split(path, '/');
  if (parts.size() > 2 && parts[0] == "lib") return parts[1];
  return parts[0];
}

bool is_module(const Tree& tree, const std::string& owner) { return tree.depends.contains(owner); }

// Where a quoted include leads: beside the file first, as the compiler looks, then the roots.
std::string resolve(const Tree& tree, const SourceFile& file, const std::string& name) {
  for (const std::string& root :
       {folder_of(file.path), std::string(), std::string("lib/"), std::string("cli/"),
        std::string("agent/"), std::string("tests/"), std::string("include/")}) {
    const auto path = std::filesystem::path(root + name).lexically_normal().generic_string();
    if (tree.has(path)) return path;
  }
  return {};
}

std::string at(const SourceFile& file, const Include& include) {
  return fmt::format("{}:{}: includes {}, ", file.path, include.line, include.name);
}

struct Home {
  std::string_view prefix;  // of the include's name
  std::vector<std::string_view>
      places;  // a folder (ends with '/'), a file, or the end of one ("*x")
};

const std::vector<Home>& homes() {
  static const std::vector<Home> table = {
      {"libssh/", {"lib/transport/ssh/"}},
      {"boost/", {"lib/base/json_described.hpp", "*/messages.cpp"}},
      {"CLI/", {"cli/"}},
      {"spdlog/", {"lib/base/log.cpp"}},
      {"ini.h", {"lib/base/ini.cpp"}},
      {"xxhash.h", {"lib/base/digest.cpp", "lib/base/digest_avx2.cpp"}},
      {"immintrin.h", {"lib/base/digest_avx2.cpp"}},
      {"zlib.h", {"lib/wire/deflate.cpp"}},
      {"zstd.h", {"lib/wire/compressor.cpp", "lib/wire/decompress.cpp"}},
      {"git2", {"lib/sync/"}},
      {"fmt/", {"*.cpp"}},
      {"tl/", {"include/libre/result.hpp"}},
      {"doctest/", {"tests/"}},
      {"dlfcn.h", {"tests/support/nvml/"}},
      {"pthread.h", {"tests/support/nvml/"}},
      {"libre/", {""}},
  };
  return table;
}

bool is_in(const std::string& path, std::string_view place) {
  if (place.starts_with('*')) return path.ends_with(place.substr(1));
  return place.empty() || place.ends_with('/') ? path.starts_with(place) : path == place;
}

// The system's own headers. The list is closed, so that a new library is noticed by this test.
bool is_system_header(const std::string& name) {
  if (name.find('.') == std::string::npos && name.find('/') == std::string::npos) return true;
  constexpr std::string_view folders[] = {"sys/", "linux/", "net/", "netinet/", "arpa/"};
  if (std::ranges::any_of(folders, [&](auto folder) { return name.starts_with(folder); }))
    return true;
  constexpr std::string_view files[] = {
      "dirent.h", "fcntl.h",  "fnmatch.h", "glob.h",  "grp.h",    "malloc.h", "netdb.h",
      "poll.h",   "pty.h",    "pwd.h",     "sched.h", "shadow.h", "signal.h", "stddef.h",
      "stdlib.h", "string.h", "termios.h", "time.h",  "unistd.h"};
  return std::ranges::find(files, name) != std::end(files);
}

}  // namespace

std::string check_layers(const Tree& tree, const SourceFile& file, const Include& include) {
  if (include.angled) return {};
  const auto target = resolve(tree, file, include.name);
  if (target.empty()) return at(file, include) + "which is nowhere in this repository";
  const auto from = owner_of(file.path), to = owner_of(target);
  if (from == to) return {};
  if (to == "include") return at(file, include) + "which is public: write <libre/…>";
  if (is_module(tree, from)) {
    if (!is_module(tree, to)) return at(file, include) + "which is no part of the library";
    if (tree.depends.at(from).contains(to)) return {};
    return at(file, include) +
           fmt::format("but lib/{}/CMakeLists.txt does not name {} after DEPENDS", from, to);
  }
  if (from == "include") return at(file, include) + "which is not installed";
  if (from == "cli" || from == "examples")
    return at(file, include) + "but may include only <libre/…>";
  if (from == "agent" && (to == "transport" || to == "bootstrap" || to == "client"))
    return at(file, include) + "which is the client's side";
  return {};
}

std::string check_third_party(const SourceFile& file, const Include& include) {
  if (!include.angled) return {};
  for (const auto& [prefix, places] : homes()) {
    if (!include.name.starts_with(prefix)) continue;
    const bool allowed =
        std::ranges::any_of(places, [&](auto place) { return is_in(file.path, place); });
    const bool test_may =
        file.path.starts_with("tests/") && (prefix == "boost/" || prefix == "fmt/");
    if (allowed || test_may) return {};
    return at(file, include) + fmt::format("which belongs to {} only", fmt::join(places, " and "));
  }
  if (is_system_header(include.name)) return {};
  return at(file, include) +
         "which no rule knows: give it a place in tests/unit/architecture/rules.cpp";
}

std::string check_length(const SourceFile& file) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(file.text, '\n'));
  const std::size_t limit = file.path.starts_with("include/") ? 200 : 400;
  if (lines <= limit) return {};
  return fmt::format("{}: {} lines, more than {}", file.path, lines, limit);
}

namespace {

bool has_word(std::string_view line, std::string_view word) {
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_letter(line[at - 1])) && (end == line.size() || !is_letter(line[end])))
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> check_text(const SourceFile& file) {
  std::vector<std::string> problems;
  // Written in pieces, so that this file passes its own test.
  constexpr std::string_view notes[] = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "X"
      "XX"};
  int number = 0;
  for (const auto& line : libre::split(file.text, '\n')) {
    ++number;
    const auto complain = [&](std::string_view what) {
      problems.push_back(fmt::format("{}:{}: {}", file.path, number, what));
    };
    if (line.find('\t') != std::string::npos) complain("a tab");
    if (line.ends_with('\r')) complain("a carriage return");
    if (line.ends_with(' ')) complain("a space at the end");
    for (const auto note : notes)
      if (has_word(line, note)) complain("a note to do something later");
  }
  if (!file.text.empty() && !file.text.ends_with('\n'))
    problems.push_back(file.path + ": no line feed at the end");
  return problems;
}

}  // namespace architecture
