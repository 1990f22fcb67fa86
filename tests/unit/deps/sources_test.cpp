// Which file of a project says what it needs, and which environment that is.
#include <doctest/doctest.h>

#include "deps/scan/sources.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

using Files = std::map<std::string, std::string>;

ReadFile reader(const Files& files) {
  return [files](const std::string& path) -> Result<std::optional<std::string>> {
    const auto found = files.find(path);
    return found == files.end() ? std::optional<std::string>() : std::optional(found->second);
  };
}
Dependencies of(const Files& files, const std::string& packages = {},
                const std::string& python = {}) {
  auto wanted = dependencies(reader(files), packages, python);
  REQUIRE(wanted);
  return *wanted;
}
const std::string ours = "# Written by re from the imports of this project…\nnumpy\n";

}  // namespace

TEST_CASE("the user's own file wins over ours, the more exact one over the other") {
  CHECK(of({}).source == DependencySource::nothing);
  CHECK(of({}).empty());
  CHECK(of({{"requirements.txt", ours}}).source == DependencySource::generated);
  CHECK(of({{"requirements.txt", "numpy"}}).source == DependencySource::requirements);
  CHECK(of({{"requirements.txt", ours}, {"pyproject.toml", "[project]\nname='x'"}}).source ==
        DependencySource::pyproject);
  CHECK(of({{"requirements.txt", "x"}, {"pyproject.toml", "[project]"}}).source ==
        DependencySource::requirements);
  CHECK(of({{"uv.lock", ""}, {"requirements.txt", "x"}, {"pyproject.toml", "[project]"}}).source ==
        DependencySource::uv_lock);
  CHECK(of({{"environment.yml", ""}, {"requirements.txt", "x"}}).source == DependencySource::conda);
  CHECK(of({{"setup.cfg", "[options]\n"}}).source == DependencySource::setup);
  // A file of settings for other tools says nothing about packages.
  CHECK(of({{"pyproject.toml", "[tool.ruff]\n"}, {"setup.cfg", "[flake8]\n"}}).empty());
}

TEST_CASE("an environment is known by everything that makes it what it is") {
  const Files base = {{"requirements.txt", "-r more/a.txt\n-c limits.txt # c\n"},
                      {"more/a.txt", "--requirement=b.txt\n"},
                      {"more/b.txt", "numpy\n-r a.txt\n"},
                      {"limits.txt", "numpy<3\n"}};
  const auto wanted = of(base);
  CHECK(wanted.files.size() == 4);
  CHECK(wanted.files.contains("more/b.txt"));
  CHECK(wanted.id == of(base).id);
  auto changed = base;
  changed["more/b.txt"] += "torch\n";
  CHECK(of(changed).id != wanted.id);
  CHECK(of(base, "tqdm\n").id != wanted.id);
  CHECK(of(base, {}, "3.12").id != wanted.id);
  changed = base;
  changed["train.py"] = "import torch";
  CHECK(of(changed).id == wanted.id);
}

TEST_CASE("a file that is included and not there, or not in the project, is an error") {
  CHECK(dependencies(reader({{"requirements.txt", "-r no.txt"}}), {}, {}).error().code ==
        Errc::not_found);
  CHECK(dependencies(reader({{"requirements.txt", "-r ../x"}}), {}, {}).error().code ==
        Errc::usage);
  CHECK(dependencies(reader({{"requirements.txt", "-c /etc/x"}}), {}, {}).error().code ==
        Errc::usage);
  CHECK(dependencies(reader({{"requirements.txt", "-r https://example.org/x"}}), {}, {}));
}
