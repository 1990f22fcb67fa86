// What a change of a project costs on the wire, over a real SSH connection; and that both sides are equal
// after it, whatever was lost or changed meanwhile.
#include <doctest/doctest.h>

#include <fstream>

#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;
// One `re rsync` through the master: what SSH, the request and the answer take around the contents.
constexpr std::uint64_t around = 16u << 10;
constexpr std::uint64_t block = 2u << 10;  // of files up to 16 MiB

// A project with one large file and a directory of small ones, which is there already.
class Synced {
 public:
  Synced() {
    laptop.go_through(proxy_.port());
    laptop.init();
    save();
    for (int i = 0; i < 10; ++i) laptop.home.write("work/old/" + std::to_string(i), noise(10'000));
    sync();
  }

  void save() const { laptop.home.write("work/big", content); }

  // The bytes of one sync.
  std::uint64_t sync() {
    const auto before = proxy_.bytes_passed();
    const auto done = laptop.re({"rsync"});
    if (!done.exit.ok()) FAIL(done.err);
    const auto passed = proxy_.bytes_passed() - before;
    CHECK((code_of(laptop.mirror()) == code_of(laptop.project())));
    return passed;
  }
  std::uint64_t save_and_sync() {
    save();
    return sync();
  }

  Laptop laptop;
  std::string content = noise(8 * megabyte);

 private:
  TcpProxy proxy_{laptop.server().port()};
};

}  // namespace

TEST_CASE(
    "pages that change, and bytes that are inserted or added, cost little more than themselves") {
  Synced project;
  for (std::size_t page = 0; page < 16; ++page)
    project.content.replace(page * megabyte / 2, 4096, noise(4096));
  CHECK(project.save_and_sync() <= 16 * 4096 + around);
  project.content.insert(0, noise(100'000));
  CHECK(project.save_and_sync() <= 100'000 + 2 * block + around);
  project.content += noise(100'000);
  CHECK(project.save_and_sync() <= 100'000 + 2 * block + around);
  // More than goes along with an update: one more exchange, and no more contents.
  project.content.replace(3 * megabyte, 2 * megabyte, noise(2 * megabyte));
  CHECK(project.save_and_sync() <= 2 * megabyte + 2 * block + 3 * around);
}

TEST_CASE("a directory that gets another name costs its names") {
  Synced project;
  fs::rename(project.laptop.project() / "old", project.laptop.project() / "new");
  fs::rename(project.laptop.project() / "big", project.laptop.project() / "new/big");
  CHECK(project.sync() <= around);
}

TEST_CASE("a lost memory or a file that was removed there costs the file, and ends right") {
  Synced project;
  fs::remove_all(project.laptop.project() / ".recompute/blocks");
  project.content[megabyte] ^= 1;
  CHECK(project.save_and_sync() > project.content.size());
  project.content[megabyte] ^= 1;
  CHECK(project.save_and_sync() <= block + around);
  REQUIRE(fs::remove(project.laptop.mirror() / "big"));
  project.content[0] ^= 1;
  CHECK(project.save_and_sync() > project.content.size());
}

TEST_CASE("a large file that a job has changed is kept, and the project's comes whole") {
  Synced project;
  const auto theirs = noise(project.content.size());
  std::ofstream(project.laptop.mirror() / "big", std::ios::binary) << theirs;
  project.content[0] ^= 1;
  project.save();
  const auto done = project.laptop.re({"rsync"});
  REQUIRE(done.exit.ok());
  auto there = code_of(project.laptop.mirror());
  const auto kept = there.lower_bound("big.re-kept-");
  REQUIRE(kept != there.end());
  CHECK((kept->second.ends_with(theirs)));
  there.erase(kept);
  CHECK((there == code_of(project.laptop.project())));
}
