#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include <libre/project.hpp>
#include <libre/project_log.hpp>

#include "base/files.hpp"
#include "base/random.hpp"

namespace fs = std::filesystem;

namespace {

struct Place {
  fs::path path = fs::canonical(fs::temp_directory_path()) / ("re-project-" + libre::random_id(8));
  Place() { fs::create_directories(path / "code/deep"); }
  ~Place() { fs::remove_all(path); }
};

std::string text_of(const fs::path& file) { return libre::read_file(file).value(); }

libre::JobInfo job(std::uint64_t id, const std::string& key, std::uint64_t size) {
  libre::JobInfo info;
  info.id = id;
  info.spec.key = key;
  info.log_size = size;
  return info;
}

}  // namespace

TEST_CASE("A project is made once, found from below, and keeps its id and comments") {
  const Place place;
  const auto made = libre::init_project(place.path / "code", {});
  REQUIRE(made);
  CHECK(made->name == "code");
  CHECK(made->id.size() == 16);
  CHECK(text_of(place.path / "code/.recompute/.gitignore") == "*\n");
  CHECK(fs::exists(place.path / "code/.recompute/include"));
  std::ofstream(place.path / "code/.recompute/config", std::ios::app)
      << "# by hand\nselect = python\n";

  const auto again = libre::init_project(place.path / "code", {.name = {}, .instance = "gpu1"});
  REQUIRE(again);
  CHECK(again->id == made->id);
  CHECK(again->instance == "gpu1");
  CHECK(again->select == "python");
  CHECK(text_of(place.path / "code/.recompute/config").find("# by hand\n") != std::string::npos);

  const auto found = libre::find_project(place.path / "code/deep");
  REQUIRE(found);
  CHECK(found->root == place.path / "code");
  CHECK(found->id == made->id);
}

TEST_CASE("What init is told of the place over there is kept") {
  const Place place;
  const auto made = libre::init_project(place.path / "code",
                                        {.name = {}, .instance = {}, .remote_home = "scratch/me"});
  REQUIRE(made);
  CHECK(made->remote_home == "scratch/me");
  REQUIRE(libre::init_project(place.path / "code", {}));
  CHECK(libre::find_project(place.path / "code")->remote_home == "scratch/me");
  const auto refused =
      libre::init_project(place.path / "code", {.name = {}, .instance = {}, .remote_home = "a ;b"});
  CHECK(refused.error().code == libre::Errc::usage);
  CHECK(libre::find_project(place.path / "code")->remote_home == "scratch/me");
}

TEST_CASE("Where no project is, that is said and nothing is made") {
  const Place place;
  const auto found = libre::find_project(place.path / "code");
  REQUIRE(!found);
  CHECK(found.error().code == libre::Errc::not_found);
  CHECK(found.error().hint.find("re init") != std::string::npos);
  CHECK(!fs::exists(place.path / "code/.recompute"));
}

TEST_CASE("The root, and names that are no names, are refused") {
  const Place place;
  CHECK(libre::init_project("/", {}).error().code == libre::Errc::usage);
  for (const char* name : {"a/b", "..", "-x", "a\nb", " a", "a ;b"}) {
    CAPTURE(name);
    CHECK(libre::init_project(place.path / "code", {.name = name, .instance = {}}).error().code ==
          libre::Errc::usage);
  }
  CHECK(!fs::exists(place.path / "code/.recompute"));
}

TEST_CASE("A log's copy goes on only where it is the same job's and untouched") {
  const libre::LogCopyState known{"gpu", "key", 4, 100};
  const auto plan = [&](std::int64_t file, const std::string& instance,
                        const libre::JobInfo& info) {
    const auto result = libre::plan_log_copy(known, file, instance, info);
    CHECK(result.replace == (result.offset == 0));
    return result.offset;
  };
  CHECK(plan(100, "gpu", job(4, "key", 150)) == 100);
  CHECK(plan(100, "gpu", job(4, "key", 100)) == 100);
  CHECK(plan(99, "gpu", job(4, "key", 150)) == 0);  // edited, or half written
  CHECK(plan(-1, "gpu", job(4, "key", 150)) == 0);  // deleted
  CHECK(plan(100, "gpu", job(4, "key", 50)) == 0);  // the log is shorter than what we have
  CHECK(plan(100, "gpu", job(5, "other", 150)) == 0);
  CHECK(plan(100, "cpu", job(4, "key", 150)) == 0);
}

TEST_CASE("A copy of another job stays whole until the new one takes its place") {
  const Place place;
  const auto project = libre::init_project(place.path / "code", {}).value();
  const auto copy = project.root / "code.log";
  {
    auto first = libre::LogCopy::open(project, "gpu", job(1, "a", 6));
    REQUIRE(first);
    REQUIRE(first->append(0, "first\n"));
    CHECK(!fs::exists(copy));
    REQUIRE(first->settle());
  }
  CHECK(text_of(copy) == "first\n");
  {
    auto second = libre::LogCopy::open(project, "gpu", job(2, "b", 4));
    REQUIRE(second);
    REQUIRE(second->append(0, "se"));
    CHECK(text_of(copy) == "first\n");
  }
  CHECK(text_of(copy) == "first\n");  // broken off: nothing happened
  auto more = libre::LogCopy::open(project, "gpu", job(1, "a", 10));
  REQUIRE(more);
  CHECK(more->plan().offset == 6);
  REQUIRE(more->append(6, "more"));
  REQUIRE(more->settle());
  CHECK(text_of(copy) == "first\nmore");
  CHECK(libre::LogCopy::remembered(project).size == 10);
}
