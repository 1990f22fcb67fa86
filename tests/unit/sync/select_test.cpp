#include "sync/select.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/process.hpp"
#include "base/text.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;

namespace {

// A git that knows nothing of this machine's settings.
std::string git(const fs::path& directory, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"git", "-c", "init.defaultBranch=main", "-c", "core.excludesFile=/dev/null"});
  const auto output = run({.argv = arguments, .directory = directory});
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

// What git lists and is there: deleted files are still in its index.
std::vector<std::string> listed(const fs::path& directory) {
  std::set<std::string> paths;
  for (const auto& path :
       split(git(directory, {"ls-files", "-z", "-co", "--exclude-standard"}), '\0'))
    if (!path.empty() && is_there(directory / path)) paths.insert(path);
  return {paths.begin(), paths.end()};
}

using Random = std::mt19937;
std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

std::string random_name(Random& random) {
  static const char* names[] = {"a",     "b",    "foo", "bar", "foo.py", "b.txt", "build",
                                "x.log", ".hid", "A",   "a b", "[x]",    "1",     "ab"};
  return names[below(random, std::size(names))];
}

std::string random_pattern(Random& random) {
  static const char* pieces[] = {"*",    "?",   "**",          "a",    "b",     "foo",
                                 "*.py", "b*",  "[ab]",        "[!a]", "build", "\\[x]",
                                 "x.*",  "*o*", "[[:alpha:]]", "a b",  ".*"};
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

}  // namespace

TEST_CASE("in random repositories the selection is what git lists") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Scratch scratch;
    const auto root = scratch.path() / "repo";
    fs::create_directories(root);
    git(root, {"init", "-q"});
    fill(random, root, 3);
    if (below(random, 2) == 0)
      put(root / ".git/info/exclude", random_pattern(random) + random_pattern(random));
    if (below(random, 2) == 0) {
      // Tracked files stay in, even those that the rules ignore.
      std::vector<std::string> add{"add", "-f", "--"};
      for (const auto& item : fs::recursive_directory_iterator(root)) {
        const auto path = item.path().lexically_relative(root).native();
        if (!path.starts_with(".git/") && !fs::is_directory(item.symlink_status()) &&
            below(random, 3) == 0)
          add.push_back(":(literal)" + path);
      }
      if (add.size() > 3) git(root, add);
    }
    CHECK(selected(project_at(root)) == listed(root));
    // The project may be a part of the repository.
    for (const auto& item : fs::directory_iterator(root)) {
      if (!fs::is_directory(item.symlink_status()) || item.path().filename() == ".git") continue;
      const auto own = listed(item.path());
      if (own.empty()) continue;  // ignored as a whole: then git's rules do not count
      const auto ignored =
          run({.argv = {"git", "check-ignore", "-q", item.path().string()}, .directory = root});
      REQUIRE(ignored);
      if (!ignored->exit.ok()) CHECK(selected(project_at(item.path())) == own);
    }
  }
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
