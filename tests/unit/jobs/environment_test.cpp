// Which environment the jobs of a project get.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "jobs/project_environment.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::jobs;

TEST_CASE("only an id of ours becomes a path") {
  CHECK(environments_place("/s", "abc123") == std::filesystem::path("/s/environments/abc123"));
  for (const char* bad : {"", "..", "a/b", "A", ".", "a b"})
    CHECK_FALSE(environments_place("/s", bad));
  CHECK(is_environment_name("0af.12"));
  for (const char* bad : {"", ".1", "0af.", "0af", "../x.1", "0af.1/..", "current"})
    CHECK_FALSE(is_environment_name(bad));
}

TEST_CASE("an environment without its marker, or whose Python is gone, does not count") {
  const test::TemporaryDirectory place;
  const auto directory = place / "0af.3";
  std::filesystem::create_directories(directory / "bin");
  REQUIRE(write_file_atomic(place / "current", "0af.3\n"));
  CHECK_FALSE(current_environment(place.path()));
  REQUIRE(write_file_atomic(directory / environment_marker, "{}"));
  CHECK_FALSE(current_environment(place.path()));
  std::filesystem::create_symlink("/bin/sh", directory / "bin/python");
  CHECK(current_environment(place.path()) == directory);
  REQUIRE(write_file_atomic(place / "current", "../../etc.1\n"));
  CHECK_FALSE(current_environment(place.path()));
}

TEST_CASE("entering an environment sets what its own activate would") {
  const test::TemporaryDirectory place;
  std::filesystem::create_directories(place / "v/bin");
  std::filesystem::create_directories(place / "c/bin");
  std::filesystem::create_directories(place / "c/conda-meta");
  std::filesystem::create_directories(place / "system");
  Variables variables = {"PATH=/bin", "PYTHONHOME=/x"};
  activate_environment(variables, place / "system");
  CHECK(variables == Variables{"PATH=/bin", "PYTHONHOME=/x"});
  activate_environment(variables, place / "v");
  CHECK(get_variable(variables, "PATH") == (place / "v/bin").string() + ":/bin");
  CHECK(get_variable(variables, "VIRTUAL_ENV") == (place / "v").string());
  CHECK(get_variable(variables, "PYTHONHOME").empty());
  activate_environment(variables, place / "c");
  CHECK(get_variable(variables, "CONDA_PREFIX") == (place / "c").string());
}
