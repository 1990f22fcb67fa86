#include "sync/select.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "base/process.hpp"
#include "base/text.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;

namespace {

// A git that knows nothing of this machine's settings.
std::vector<std::string> git_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"env", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "git", "-c",
                    "init.defaultBranch=main", "-c", "user.name=n", "-c", "user.email=e@x"});
  return arguments;
}

std::string git(const fs::path& directory, std::vector<std::string> arguments) {
  const auto output = run({.argv = git_command(std::move(arguments)), .directory = directory});
  REQUIRE(output);
  if (!output->exit.ok()) FAIL(output->err);
  return output->out;
}

Project project_at(const fs::path& root) { return {.root = root, .name = "p", .id = "i"}; }

std::vector<std::string> selected(const Project& project) {
  const auto selection = libre::sync::select_files(project, {});
  if (!selection) FAIL(selection.error().describe());
  return selection->paths;
}

// What git lists and is there: deleted files are still in its index. A repository inside is listed as one entry,
// and stands for what git lists in it.
std::vector<std::string> listed(const fs::path& directory) {
  std::set<std::string> paths;
  for (auto path : split(git(directory, {"ls-files", "-z", "-co", "--exclude-standard"}), '\0')) {
    if (path.empty() || !is_there(directory / path)) continue;
    if (!fs::is_directory(fs::symlink_status(directory / path))) {
      paths.insert(path);
      continue;
    }
    if (!path.ends_with('/')) path += '/';
    for (const auto& inner : listed(directory / path)) paths.insert(path + inner);
  }
  return {paths.begin(), paths.end()};
}

std::string random_name(Random& random) {
  static const char* names[] = {"a",     "b",    "foo", "bar", "foo.py", "b.txt", "build",
                                "x.log", ".hid", "A",   "a b", "[x]",    "1",     "ab"};
  static const char* odd[] = {"n\nl",     "\n", "q\"uote", "\xff\xfe", "t\t", "-x",
                              "\xc3\xa4", "!a", "#a",      "a\\b",     " a",  "a ",
                              "*",        "?",  "'",       "\x01"};
  if (below(random, 5) == 0) return odd[below(random, std::size(odd))];
  return names[below(random, std::size(names))];
}

// "" where both are the same, else what one of them lacks, as C++ writes it.
std::string difference(const std::vector<std::string>& ours, const std::vector<std::string>& git) {
  std::vector<std::string> missing, extra;
  std::ranges::set_difference(git, ours, std::back_inserter(missing));
  std::ranges::set_difference(ours, git, std::back_inserter(extra));
  std::string text;
  for (const auto& path : missing) text += "missing: " + libre::sync::quoted_path(path) + "\n";
  for (const auto& path : extra) text += "too many: " + libre::sync::quoted_path(path) + "\n";
  return text;
}

std::string random_pattern(Random& random) {
  static const char* pieces[] = {
      "*",     "?",     "**",     "a",   "b",           "foo", "*.py",     "b*",    "[ab]",  "[!a]",
      "build", "\\[x]", "x.*",    "*o*", "[[:alpha:]]", "a b", ".*",       "\xff*", "q\"*",  "?",
      "\\!a",  "\\#a",  "a\\\\b", "\\*", "*\t",         "-x",  "[!\xc3]*", "a*/**", "[a-f]*"};
  std::string pattern = below(random, 4) == 0 ? "!" : "";
  if (below(random, 4) == 0) pattern += "/";
  const auto count = 1 + below(random, 3);
  for (std::size_t i = 0; i < count; ++i)
    pattern += (i ? "/" : "") + std::string(pieces[below(random, std::size(pieces))]);
  if (below(random, 4) == 0) pattern += "/";
  if (below(random, 10) == 0) pattern += "  ";
  if (below(random, 12) == 0) pattern = "# " + pattern;
  return pattern + (below(random, 8) == 0 ? "\r\n" : "\n");
}

void fill(Random& random, const fs::path& directory, int depth) {
  const auto count = 2 + below(random, 5);
  for (std::size_t i = 0; i < count; ++i) {
    const auto path = directory / random_name(random);
    if (is_there(path)) continue;
    if (depth > 0 && below(random, 2) == 0) {
      fs::create_directories(path);
      fill(random, path, depth - 1);
    } else if (below(random, 8) == 0)
      fs::create_symlink("a", path);
    else
      put(path, "x");
  }
  if (below(random, 3) == 0) {
    std::string text;
    for (std::size_t i = 0; i <= below(random, 4); ++i) text += random_pattern(random);
    put(directory / ".gitignore", text);
  }
}

// Some of what lies below is tracked: those files stay in, even those that the rules ignore.
void track(Random& random, const fs::path& root) {
  std::vector<std::string> add{"add", "-f", "--"};
  for (auto item = fs::recursive_directory_iterator(root);
       item != fs::recursive_directory_iterator(); ++item) {
    const bool directory = fs::is_directory(item->symlink_status());
    if (directory && is_there(item->path() / ".git")) item.disable_recursion_pending();
    const auto path = item->path().lexically_relative(root).native();
    if (path != ".git" && !path.starts_with(".git/") && !directory && below(random, 3) == 0)
      add.push_back(":(literal)" + path);
  }
  if (add.size() > 3) git(root, add);
}

// Repositories inside: clones that the outer one does not know, and submodules; of each a few with rules and
// tracked files of their own. Innermost first.
void nest(Random& random, const fs::path& root) {
  std::vector<fs::path> directories;
  for (const auto& item : fs::recursive_directory_iterator(root)) {
    const bool inside = item.path().native().find("/.git") != std::string::npos;
    if (fs::is_directory(item.symlink_status()) && !inside) directories.push_back(item.path());
  }
  std::ranges::reverse(directories);
  std::vector<fs::path> submodules;
  for (const auto& directory : directories) {
    if (below(random, 6) != 0) continue;
    git(directory, {"init", "-q"});
    put(directory / ".git/info/exclude", random_pattern(random));
    if (below(random, 2) == 0) track(random, directory);
    if (below(random, 2) == 0) continue;
    git(directory, {"commit", "-q", "--allow-empty", "-m", "m"});
    submodules.push_back(directory);
  }
  const auto lies_in_another = [&](fs::path directory) {
    for (directory = directory.parent_path(); directory != root;
         directory = directory.parent_path())
      if (is_there(directory / ".git")) return true;
    return false;
  };
  for (const auto& directory : submodules)
    if (!lies_in_another(directory))
      git(root, {"-c", "advice.addEmbeddedRepo=false", "add", "-f", "--",
                 ":(literal)" + directory.lexically_relative(root).native()});
}

void fill_repository(Random& random, const fs::path& root) {
  fs::create_directories(root);
  git(root, {"init", "-q"});
  fill(random, root, 3);
  if (below(random, 2) == 0)
    put(root / ".git/info/exclude", random_pattern(random) + random_pattern(random));
  const auto excludes = root / ".git/global";
  put(excludes, below(random, 2) ? random_pattern(random) + random_pattern(random) : "");
  git(root, {"config", "core.excludesFile", excludes.string()});
  if (below(random, 2) == 0) nest(random, root);
  if (below(random, 2) == 0) track(random, root);
  // Then git takes A for a tracked a, and does not list it where both are there: so only without tracked files.
  else if (below(random, 4) == 0)
    git(root, {"config", "core.ignoreCase", "true"});
}

}  // namespace

TEST_CASE("in random repositories the selection is what git lists") {
  // LIBRE_SEEDS=1000-2000 looks at others than usual.
  unsigned first = 0, last = 20;
  if (const char* seeds = std::getenv("LIBRE_SEEDS")) std::sscanf(seeds, "%u-%u", &first, &last);
  for (unsigned seed = first; seed < last; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Scratch scratch;
    const auto root = scratch.path() / "repo";
    fill_repository(random, root);
    CHECK(difference(selected(project_at(root)), listed(root)) == "");
    // The project may be a part of the repository.
    for (const auto& item : fs::directory_iterator(root)) {
      if (!fs::is_directory(item.symlink_status()) || item.path().filename() == ".git") continue;
      const auto own = listed(item.path());
      if (own.empty()) continue;  // ignored as a whole: then git's rules do not count
      const auto ignored = run(
          {.argv = git_command({"check-ignore", "-q", item.path().string()}), .directory = root});
      REQUIRE(ignored);
      if (!ignored->exit.ok()) CHECK(difference(selected(project_at(item.path())), own) == "");
    }
  }
}

TEST_CASE("after a sync of a random repository there lies what git lists, byte by byte") {
  for (unsigned seed = 300; seed < 304; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Bench bench;
    fill_repository(random, bench.local());
    put(bench.local() / ".git/info/exclude", "/.recompute\n");
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      bench.sync();
      std::vector<std::string> there;
      for (const auto& [path, value] : picture(bench.mirror())) {
        if (value == "d") continue;
        there.push_back(path);
        CHECK(value == picture(bench.local())[path]);
      }
      std::ranges::sort(there);
      CHECK(difference(there, listed(bench.local())) == "");
      put(bench.local() / ("new" + std::to_string(round)), "n");
      put(bench.local() / ".gitignore", random_pattern(random) + random_pattern(random));
    }
  }
}

TEST_CASE("a repository inside is judged by its own rules") {
  Scratch scratch;
  const auto& root = scratch.path();
  git(root, {"init", "-q"});
  put(root / ".gitignore", "*.csv\nignored/\n");
  for (const auto* path : {"sub/table.csv", "sub/build/tracked.py", "sub/build/junk.o", "sub/a.tmp",
                           "sub/deep/b.csv", "ignored/x.py"})
    put(root / path, "x");
  put(root / "sub/.gitignore", "build/\n");
  git(root / "sub", {"init", "-q"});
  put(root / "sub/.git/info/exclude", "*.tmp\n");
  git(root / "sub", {"add", "-f", "build/tracked.py"});
  git(root / "ignored", {"init", "-q"});
  // A submodule is in even where its place is ignored; what is not known to the outer one is not.
  put(root / "sub/build/module/m.py", "x");
  git(root / "sub/build/module", {"init", "-q"});
  git(root / "sub/build/module", {"commit", "-q", "--allow-empty", "-m", "m"});
  git(root / "sub", {"-c", "advice.addEmbeddedRepo=false", "add", "-f", "build/module"});
  const std::vector<std::string> expected{
      ".gitignore",           "sub/.gitignore", "sub/build/module/m.py",
      "sub/build/tracked.py", "sub/deep/b.csv", "sub/table.csv"};
  CHECK(selected(project_at(root)) == expected);
  CHECK(listed(root) == expected);
}

TEST_CASE("empty directories are kept unless they are ignored") {
  Scratch scratch;
  git(scratch.path(), {"init", "-q"});
  put(scratch.path() / ".gitignore", "out/\n");
  fs::create_directories(scratch.path() / "out/deep");
  fs::create_directories(scratch.path() / "results/plots");
  const auto selection = libre::sync::select_files(project_at(scratch.path()), {});
  REQUIRE(selection);
  CHECK(selection->empty_directories == std::vector<std::string>{"results/plots"});
}

TEST_CASE("without git, junk stays out and .gitignore files count") {
  Scratch scratch;
  const auto& root = scratch.path();
  for (const auto* path :
       {"a.py", "sub/b.py", "sub/c.log", "node_modules/m.js", "__pycache__/a.pyc", "x.pyc",
        ".venv/bin/python", "myenv/pyvenv.cfg", "myenv/lib/z.py", ".hg/x", ".DS_Store",
        "data/big.bin", "sub/data/small.csv", "p.log", ".recompute/config",
        "sub/.ipynb_checkpoints/n", ".hidden", "sub/p.log.txt"})
    put(root / path, "x");
  put(root / ".gitignore", "*.log\n");
  CHECK(selected(project_at(root)) == std::vector<std::string>{".gitignore", ".hidden", "a.py",
                                                               "sub/b.py", "sub/data/small.csv",
                                                               "sub/p.log.txt"});
}

TEST_CASE("include wins over everything but our own state, exclude takes away, data stays out") {
  Scratch scratch;
  const auto& root = scratch.path();
  git(root, {"init", "-q"});
  for (const auto* path : {"a.py", "b.py", "out/model.pt", "out/x.txt", "data/one.csv",
                           "data/two.bin", "deep/out/keep.txt", "notes.md"})
    put(root / path, "x");
  put(root / ".gitignore", "out/\n*.pt\n");
  put(root / ".recompute/include",
      "# given back\n./out/*.pt\ndata/*.csv\n.recompute/config\n/.git/config\n");
  put(root / ".recompute/exclude", "./b.py\nnotes.*\n");
  put(root / ".recompute/config", "x");
  CHECK(selected(project_at(root)) ==
        std::vector<std::string>{".gitignore", "a.py", "data/one.csv", "out/model.pt"});
  put(root / ".recompute/include", "/out/\n!/out/x.txt\n");
  CHECK(selected(project_at(root)) ==
        std::vector<std::string>{".gitignore", "a.py", "out/model.pt"});
}

TEST_CASE("select = python takes python files and what include names") {
  Scratch scratch;
  for (const auto* path : {"a.py", "sub/b.py", "c.txt", "conf.yaml", ".venv/x.py"})
    put(scratch.path() / path, "x");
  put(scratch.path() / ".recompute/include", "conf.yaml\n");
  auto project = project_at(scratch.path());
  project.select = "python";
  CHECK(selected(project) == std::vector<std::string>{"a.py", "conf.yaml", "sub/b.py"});
  project.select = "pyhton";
  CHECK(libre::sync::select_files(project, {}).error().code == Errc::config);
}

TEST_CASE("files of nested repositories are selected, their .git is not") {
  Scratch scratch;
  git(scratch.path(), {"init", "-q"});
  put(scratch.path() / "lib/inner/code.py", "x");
  git(scratch.path() / "lib/inner", {"init", "-q"});
  put(scratch.path() / "module/.git", "gitdir: elsewhere\n");
  put(scratch.path() / "module/m.py", "x");
  CHECK(selected(project_at(scratch.path())) ==
        std::vector<std::string>{"lib/inner/code.py", "module/m.py"});
}

TEST_CASE("a project in a directory that its repository ignores is selected by itself") {
  Scratch scratch;
  git(scratch.path(), {"init", "-q"});
  put(scratch.path() / ".gitignore", "work/\n");
  put(scratch.path() / "work/p/a.py", "x");
  CHECK(selected(project_at(scratch.path() / "work/p")) == std::vector<std::string>{"a.py"});
}

TEST_CASE("odd paths in the list for people are quoted") {
  CHECK(libre::sync::quoted_path("plain name.py") == "plain name.py");
  CHECK(libre::sync::quoted_path("a\nb\"\xff") == "\"a\\nb\\\"\\377\"");
}
