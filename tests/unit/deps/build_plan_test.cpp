// How an environment is made on machines of all kinds.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "deps/dependency_source.hpp"
#include "deps/environment/plan.hpp"
#include "deps/install_reason.hpp"
#include "deps/wheel_tags.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

PythonFacts debian() {
  return {.program = "/usr/bin/python3",
          .version = "3.11.2",
          .implementation = "cpython",
          .machine = "x86_64",
          .libc = "glibc 2.36",
          .pip = "23.0.1",
          .venv = true,
          .managed = true};
}
BuildRequest request_for(DependencySource source) {
  return {.source = source,
          .directory = "/s/e",
          .asked = "/s/a",
          .file = "environment.yml",
          .project = "/m"};
}
// The commands, one a line; or the error.
std::string plan(const Machine& machine, const BuildRequest& request) {
  const auto made = plan_build(machine, request);
  if (!made) return "! " + made.error().message;
  std::string text = made->made_by + (made->notes.empty() ? "" : "*");
  for (const auto& step : made->steps) text += "\n" + join(step.argv, " ");
  return text;
}

}  // namespace

TEST_CASE("with uv it is uv that makes environments") {
  const Machine machine{"/b/uv", {}, debian()};
  CHECK(plan(machine, request_for(DependencySource::requirements)) ==
        "uv\n/b/uv venv --quiet --python /usr/bin/python3 /s/e\n"
        "/b/uv pip install --python /s/e/bin/python -r /s/a/requirements.txt");
  auto locked = request_for(DependencySource::uv_lock);
  locked.python = "3.12";
  locked.packages = true;
  CHECK(plan(machine, locked) ==
        "uv\n/b/uv venv --quiet --python 3.12 /s/e\n/b/uv sync --frozen --inexact --project /m\n"
        "/b/uv pip install --python /s/e/bin/python -r /s/a/packages.txt");
  CHECK(plan_build(machine, locked)->steps[1].environment.at("UV_PROJECT_ENVIRONMENT") == "/s/e");
}

TEST_CASE("without uv it is venv and pip, as far as the machine has them") {
  Machine machine{{}, {}, debian()};
  CHECK(plan(machine, request_for(DependencySource::generated)) ==
        "venv\n/usr/bin/python3 -m venv /s/e\n/s/e/bin/python -m pip install -r "
        "/s/a/requirements.txt");
  CHECK(plan(machine, request_for(DependencySource::pyproject)) ==
        "venv\n/usr/bin/python3 -m venv /s/e\n/s/e/bin/python -m pip install -e /m");
  CHECK(plan(machine, request_for(DependencySource::uv_lock)).starts_with("venv*\n"));
  machine.python.venv = false;
  CHECK(plan(machine, request_for(DependencySource::setup)) ==
        "venv\n/usr/bin/python3 -m venv --without-pip /s/e\n"
        "/usr/bin/python3 -m pip --python /s/e/bin/python install -e /m");
  machine.python.pip = "22.2";
  CHECK(plan(machine, request_for(DependencySource::setup)) ==
        "! /usr/bin/python3 can make no environment");
  machine.python.pip = "22.3";
  CHECK(plan(machine, request_for(DependencySource::setup)).starts_with("venv\n"));
}

TEST_CASE("wheels that were brought are all that pip looks at") {
  auto request = request_for(DependencySource::requirements);
  request.wheels = "/w";
  CHECK(plan({{}, {}, debian()}, request)
            .ends_with("pip install --no-index --find-links /w -r /s/a/requirements.txt"));
}

TEST_CASE("environment.yml needs conda") {
  const auto request = request_for(DependencySource::conda);
  CHECK(plan({"/b/uv", {}, debian()}, request) ==
        "! environment.yml needs conda, mamba or micromamba");
  CHECK(plan({"/b/uv", "/c/mamba", {}}, request) ==
        "conda\n/c/mamba env create --prefix /s/e --file /s/a/environment.yml");
  CHECK(plan({{}, "/c/micromamba", {}}, request) ==
        "conda\n/c/micromamba create --yes --prefix /s/e --file /s/a/environment.yml");
}

TEST_CASE("python = system is pip install --user, where the system allows it") {
  Machine machine{"/b/uv", {}, debian()};
  auto request = request_for(DependencySource::requirements);
  request.python = "system";
  CHECK(plan_build(machine, request).error().cause.find("PEP 668") != std::string::npos);
  machine.python.managed = false;
  CHECK(plan(machine, request) ==
        "system\n/usr/bin/python3 -m pip install --user -r /s/a/requirements.txt");
}

TEST_CASE("what a Python tells of itself is read, and a version is told from a path") {
  const auto facts = parse_python_facts("noise\nversion=3.9.1\npip=20.1\nvenv=1\nmanaged=0\n");
  CHECK(facts.version == "3.9.1");
  CHECK(facts.venv);
  CHECK_FALSE(facts.managed);
  CHECK(is_python_version("3.12"));
  CHECK(is_python_version("3"));
  CHECK_FALSE(is_python_version("/usr/bin/python3"));
  CHECK_FALSE(is_python_version("pypy3"));
}

TEST_CASE("the reason of a failed install is the line that its program marked") {
  CHECK(install_reason(
            "Collecting x\nERROR: Could not find a version\nERROR: No matching distribution\n"
            "re: ERROR: installing failed: python ended with code 1\n") ==
        "No matching distribution");
  CHECK(install_reason("  × No solution found\n  ╰─▶ Because x was not found\n") ==
        "Because x was not found");
  CHECK(install_reason("re: hint\nre: ERROR: there is no Python 3.20\n") ==
        "there is no Python 3.20");
  CHECK(install_reason("Killed\n\n") == "Killed");
  CHECK(install_reason("") == "it printed nothing");
}

TEST_CASE("wheels are fetched for the other machine's platform and Python") {
  auto there = debian();
  CHECK(join(fetch_words(debian(), there, "/w"), " ") == "wheel --wheel-dir /w");
  there.machine = "aarch64";
  there.version = "3.9.2";
  there.libc = "glibc 2.17";
  const auto words = join(fetch_words(debian(), there, "/w"), " ");
  CHECK(words.starts_with(
      "download --dest /w --only-binary=:all: --python-version 3.9.2 --implementation cp "
      "--platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 "));
  CHECK(words.ends_with("--platform manylinux1_aarch64 --platform linux_aarch64"));
  CHECK(platform_tags({.machine = "x86_64", .libc = ""}) ==
        std::vector<std::string>{"linux_x86_64"});
}

TEST_CASE("the sources of dependencies have names that lead back") {
  for (const auto source :
       {DependencySource::uv_lock, DependencySource::conda, DependencySource::generated})
    CHECK(source_named(name_of(source)) == source);
  CHECK(source_named("?") == DependencySource::nothing);
}
