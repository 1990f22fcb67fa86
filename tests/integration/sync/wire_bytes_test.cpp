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
  // Those of another command, which must succeed.
  std::uint64_t bytes_of(const std::vector<std::string>& words) {
    const auto before = proxy_.bytes_passed();
    const auto done = laptop.re(words);
    if (!done.exit.ok()) FAIL(done.err);
    return proxy_.bytes_passed() - before;
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

TEST_CASE(
    "changes too large for one exchange cost themselves, and not the names of all other files") {
  Synced project;
  for (int i = 0; i < 3000; ++i)
    project.laptop.home.write("work/many/with a name of its own " + std::to_string(i), "x");
  project.sync();
  project.content.replace(0, 2 * megabyte, noise(2 * megabyte));
  // Each file has 16 bytes of digest alone.
  CHECK(project.save_and_sync() <= 2 * megabyte + 2 * block + 2 * around);
}

TEST_CASE("a directory that gets another name costs its names") {
  Synced project;
  fs::rename(project.laptop.project() / "old", project.laptop.project() / "new");
  fs::rename(project.laptop.project() / "big", project.laptop.project() / "new/big");
  CHECK(project.sync() <= around);
}

TEST_CASE("a lost memory costs the list of blocks, a file that was removed there the file") {
  Synced project;
  fs::remove_all(project.laptop.project() / ".recompute/blocks");
  project.content[megabyte] ^= 1;
  const auto list = project.content.size() / block * 12;
  CHECK(project.save_and_sync() <= block + list + 2 * around);
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

TEST_CASE("a pulled file that has changed costs what has changed, and an unchanged one its name") {
  Synced project;
  const auto& laptop = project.laptop;
  const auto there = laptop.mirror() / "runs/model.bin";
  fs::create_directories(there.parent_path());
  const auto write = [&] { std::ofstream(there, std::ios::binary) << project.content; };
  write();
  CHECK(project.bytes_of({"pull", "runs", "."}) > project.content.size());
  CHECK(project.bytes_of({"pull", "runs", "."}) <= around);
  for (std::size_t page = 0; page < 16; ++page)
    project.content.replace(page * megabyte / 2, 4096, noise(4096));
  write();
  const auto dry = laptop.re({"pull", "--dry-run", "runs", "."});
  CHECK_MESSAGE(contains(dry.err, "receive runs/model.bin (another size or time)"), dry.err);
  CHECK_MESSAGE(contains(dry.err, "would receive 1 file, at most 8"), dry.err);
  const auto list = project.content.size() / block * 12;
  CHECK(project.bytes_of({"pull", "runs", "."}) <= 16 * 4096 + list + 2 * around);
  CHECK((laptop.home.read("work/runs/model.bin") == project.content));
}

TEST_CASE("text that is pulled travels compressed while the line is not known to be fast") {
  Synced project;
  std::string text;
  for (int i = 0; text.size() < 900'000; ++i)
    text += "value_" + std::to_string(i) + " = " + std::to_string(i * 7919) + "\n";
  std::ofstream(project.laptop.mirror() / "log.txt", std::ios::binary) << text;
  CHECK(project.bytes_of({"pull", "log.txt", "."}) < text.size() / 2);
  CHECK((project.laptop.home.read("work/log.txt") == text));
}

TEST_CASE("a dry run says why each file would go, and how much of a large one") {
  Synced project;
  project.content.replace(megabyte, 10, "0123456789");
  project.save();
  project.laptop.home.write("work/fresh", "f");
  fs::rename(project.laptop.project() / "old/1", project.laptop.project() / "moved");
  const auto dry = project.laptop.re({"rsync", "--dry-run"});
  REQUIRE(dry.exit.ok());
  for (const auto* line : {"send    big (another content)", "send    fresh (new)",
                           "send    moved (moved from old/1)", "delete  old/1"})
    CHECK_MESSAGE(contains(dry.err, line), dry.err);
  CHECK_MESSAGE(contains(dry.err, "would send 2 files, 2"), dry.err);  // kilobytes
  CHECK(project.sync() <= 2 * block + around);
}
