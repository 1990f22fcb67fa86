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

TEST_CASE("A log's copy goes on only where it is the same instance's and untouched") {
  const libre::LogCopyState known{"gpu", "key", 4, 100};
  const auto have = [&](std::int64_t file, const std::string& instance) {
    return libre::intact_copy(known, file, instance);
  };
  CHECK(have(100, "gpu").size == 100);
  CHECK(have(100, "gpu").key == "key");
  CHECK(have(99, "gpu").key.empty());  // edited, or half written
  CHECK(have(99, "gpu").size == 0);
  CHECK(have(-1, "gpu").key.empty());  // deleted
  CHECK(have(100, "cpu").key.empty());
  CHECK(libre::intact_copy({}, 0, "").key.empty());
}

TEST_CASE("A copy of another job stays whole until the new one takes its place") {
  const Place place;
  const auto project = libre::init_project(place.path / "code", {}).value();
  const auto copy = project.root / "code.log";
  {
    auto first = libre::LogCopy::open(project, "gpu");
    CHECK(first.have().key.empty());
    REQUIRE(first.begin(job(1, "a", 6), 0));
    REQUIRE(first.append(0, "first\n"));
    CHECK(!fs::exists(copy));
    REQUIRE(first.settle());
  }
  CHECK(text_of(copy) == "first\n");
  {
    auto second = libre::LogCopy::open(project, "gpu");
    REQUIRE(second.begin(job(2, "b", 4), 0));
    REQUIRE(second.append(0, "se"));
    CHECK(text_of(copy) == "first\n");
  }
  CHECK(text_of(copy) == "first\n");  // broken off: nothing happened
  auto more = libre::LogCopy::open(project, "gpu");
  CHECK(more.have().size == 6);
  CHECK(more.have().key == "a");
  CHECK(more.read(0).value() == "first\n");
  CHECK(more.read(4).value() == "t\n");
  CHECK(more.read(6).value().empty());
  REQUIRE(more.begin(job(1, "a", 10), 6));
  CHECK(more.append(7, "x").error().code == libre::Errc::internal);
  REQUIRE(more.append(6, "more"));
  REQUIRE(more.settle());
  CHECK(text_of(copy) == "first\nmore");
  CHECK(libre::LogCopy::open(project, "gpu").have().size == 10);
}

TEST_CASE(
    "Two that update the same copy at once leave it as one would, and one that is replaced is read "
    "on") {
  const Place place;
  const auto project = libre::init_project(place.path / "code", {}).value();
  const auto copy = project.root / "code.log";
  auto first = libre::LogCopy::open(project, "gpu");
  REQUIRE(first.begin(job(1, "a", 2), 0));
  REQUIRE(first.append(0, "0\n"));
  REQUIRE(first.settle());
  auto second = libre::LogCopy::open(project, "gpu"), other = libre::LogCopy::open(project, "gpu");
  REQUIRE(second.begin(job(1, "a", 6), 2));
  REQUIRE(second.append(2, "1\n"));
  REQUIRE(first.append(2, "1\n2\n"));
  REQUIRE(first.settle());
  REQUIRE(second.append(4, "2\n"));
  REQUIRE(second.settle());
  CHECK(text_of(copy) == "0\n1\n2\n");
  CHECK(libre::LogCopy::open(project, "gpu").have().size == 6);
  auto next = libre::LogCopy::open(project, "gpu");
  REQUIRE(next.begin(job(2, "b", 1), 0));
  REQUIRE(next.append(0, "x"));
  REQUIRE(next.settle());
  CHECK(text_of(copy) == "x");
  CHECK(other.read(0).value() == "0\n");
}
