// What lies on the other side decides nothing about where files go on this one, and the other way round.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// Something that is not the project's, and nobody's business.
struct GuardedWorld : World {
  GuardedWorld() { laptop.home.write("outside/precious", "mine"); }
  std::filesystem::path outside() const { return laptop.home / "outside"; }
};

}  // namespace

TEST_CASE("a pulled link that becomes a directory over there leads no file out of the target") {
  const GuardedWorld world;
  fs::create_directory(world.laptop.mirror() / "results");
  fs::create_symlink(world.outside(), world.laptop.mirror() / "results/link");
  fs::create_symlink("../../outside", world.laptop.mirror() / "results/relative");
  REQUIRE(world.laptop.re({"pull", "results", "."}).exit.ok());
  CHECK(fs::is_symlink(world.laptop.project() / "results/link"));

  const auto before = image_of(world.outside());
  for (const auto* name : {"results/link", "results/relative"}) {
    fs::remove(world.laptop.mirror() / name);
    world.put(std::string(name) + "/precious", "taken over");
    world.put(std::string(name) + "/new", "planted");
  }
  const auto again = world.laptop.re({"pull", "results", "."});
  CHECK(image_of(world.outside()) == before);
  if (again.exit.ok()) {
    CHECK(world.laptop.home.read("work/results/link/precious") == "taken over");
    CHECK_FALSE(fs::is_symlink(world.laptop.project() / "results/link"));
  } else {
    CHECK(contains(again.err, "link"));
  }
}

TEST_CASE("a pulled file whose name is a link here replaces the link, not what it points to") {
  const GuardedWorld world;
  world.put("results/file", "new content");
  fs::create_directory(world.laptop.project() / "results");
  fs::create_symlink(world.outside() / "precious", world.laptop.project() / "results/file");
  const auto before = image_of(world.outside());
  CHECK(world.laptop.re({"pull", "results", "."}).exit.ok());
  CHECK(image_of(world.outside()) == before);
  CHECK(world.laptop.home.read("work/results/file") == "new content");
  CHECK_FALSE(fs::is_symlink(world.laptop.project() / "results/file"));
}

TEST_CASE("names that lead out of the mirror are refused in both directions") {
  const GuardedWorld world;
  REQUIRE(write_file_atomic(world.laptop.remote_home() / "secret", "s", 0644));
  const auto here = image_of(world.laptop.home.path());
  const auto there = image_of(world.laptop.remote_home() / "projects");
  for (const auto* name : {"../../secret", "/etc/hostname", "x/../../../secret"}) {
    CAPTURE(name);
    const auto pulled = world.laptop.re({"pull", name, "."});
    CHECK(pulled.exit.code != 0);
    const auto pushed = world.laptop.re({"push", "a", name});
    CHECK(pushed.exit.code != 0);
    CHECK(contains(pushed.err, "re: "));
  }
  CHECK(image_of(world.laptop.home.path()) == here);
  CHECK(image_of(world.laptop.remote_home() / "projects") == there);
  CHECK(read_file(world.laptop.remote_home() / "secret").value_or("") == "s");
}

TEST_CASE("a link in the mirror that leads out of it leads no pushed or synced file there") {
  const GuardedWorld world;
  const auto victim = world.laptop.remote_home() / "victim";
  fs::create_directory(victim);
  fs::create_symlink(victim, world.laptop.mirror() / "sub");
  world.laptop.home.write("work/sub/file", "content");
  (void)world.laptop.re({"push", "sub", "."});
  CHECK(fs::is_empty(victim));
  (void)world.laptop.re({"rsync"});
  CHECK(fs::is_empty(victim));
}
