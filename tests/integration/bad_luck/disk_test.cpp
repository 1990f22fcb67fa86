// Disks that are full or not ours.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/files.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

TEST_CASE("a home over there that cannot be written is named, with its reason") {
  const Laptop laptop({.login_shell = "/bin/bash"});
  checked_run({"chown", "root:", laptop.remote_home().string()});
  laptop.home.write("work/a", "a");
  const auto before = image_of(laptop.remote_home());
  const auto output = laptop.re({"init", "--instance", "testbox"});
  CHECK(output.exit.code == 1);
  CHECK_MESSAGE(contains(output.err, laptop.remote_home().string()), output.err);
  CHECK_MESSAGE(contains(output.err, "ermission denied"), output.err);
  CHECK_MESSAGE(contains(output.err, "try: "), output.err);
  CHECK(image_of(laptop.remote_home()) == before);
}

TEST_CASE("a place for projects that cannot be written is named, with its reason") {
  const Laptop laptop({.login_shell = "/bin/bash"});
  fs::create_directory(laptop.remote_home() / "projects");  // root's
  laptop.home.write("work/a", "a");
  const auto output = laptop.re({"init", "--instance", "testbox"});
  CHECK(output.exit.code == 1);
  CHECK_MESSAGE(contains(output.err, (laptop.remote_home() / "projects").string()), output.err);
  CHECK_MESSAGE(contains(output.err, "ermission denied"), output.err);
  checked_run({"chmod", "777", (laptop.remote_home() / "projects").string()});
  CHECK(laptop.re({"init", "--instance", "testbox"}).exit.ok());
}

TEST_CASE("a disk that fills during a sync tears no file, and the next sync goes on where it was") {
  const Laptop laptop;
  laptop.home.write("work/small", "first");
  const SmallDisk disk(laptop.remote_home() / "projects", 2 << 20);
  laptop.init();
  laptop.home.write("work/small", "second");
  laptop.home.write("work/big", noise(6 << 20));
  const auto full = laptop.re({"rsync"});
  CHECK(full.exit.code == 1);
  CHECK_MESSAGE(contains(full.err, "o space left"), full.err);
  CHECK(contains(full.err, "try: "));
  CHECK_FALSE(fs::exists(laptop.mirror() / "big"));
  const auto small = read_file(laptop.mirror() / "small").value_or("gone");
  CHECK((small == "first" || small == "second"));
  disk.resize(64 << 20);
  const auto again = laptop.re({"rsync"});
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(code_of(laptop.mirror()) == code_of(laptop.project()));
}

namespace {

constexpr int file_count = 20;

// Twenty files in three directories; `version` and `size` make them whole or not.
std::string version_of(int i, char version, std::size_t size) {
  std::string content(size, version);
  for (std::size_t at = 0; at + 8 <= size; at += 4096)
    content.replace(at, 8,
                    fmt::format("{:8}", static_cast<std::size_t>(i) * 1'000'000 + at / 4096));
  return content;
}
std::string name_of_file(int i) { return fmt::format("d{}/f{:02}", i % 3, i); }
void write_version(const fs::path& directory, char version, std::size_t size) {
  for (int i = 0; i < file_count; ++i) {
    const auto file = directory / name_of_file(i);
    fs::create_directories(file.parent_path());
    REQUIRE(write_file_soon(file, version_of(i, version, size), 0644));
  }
}

// How many are the new ones. Each is the whole old or the whole new one.
int new_ones(const fs::path& directory, std::size_t old_size, std::size_t new_size) {
  int found = 0;
  for (int i = 0; i < file_count; ++i) {
    CAPTURE(i);
    const auto content = read_file(directory / name_of_file(i)).value_or("gone");
    const bool is_new = content == version_of(i, 'n', new_size);
    CHECK((is_new || content == version_of(i, 'o', old_size)));
    found += is_new;
  }
  return found;
}

constexpr std::size_t old_bytes = 1 << 20, new_bytes = 5 << 20;  // 20 and 100 MiB
constexpr std::uint64_t small_disk = 64 << 20, large_disk = 256 << 20;

}  // namespace

TEST_CASE(
    "a project that does not fit on a disk of 64 MB is there in whole old and whole new files") {
  const Laptop laptop;
  // All that the machine keeps is on that disk, its own records too.
  const SmallDisk disk(laptop.remote_home() / "disk", small_disk);
  fs::create_directories(laptop.remote_home() / "disk/projects");
  fs::create_directory_symlink("disk/projects", laptop.remote_home() / "projects");
  write_version(laptop.project(), 'o', old_bytes);
  laptop.init();
  CHECK(new_ones(laptop.mirror(), old_bytes, new_bytes) == 0);
  write_version(laptop.project(), 'n', new_bytes);
  const auto full = laptop.re({"rsync"});
  CHECK(full.exit.code == 1);
  CHECK_MESSAGE(contains(full.err, "o space left"), full.err);
  CHECK_MESSAGE(contains(full.err, "free in"), full.err);
  CHECK_MESSAGE(contains(full.err, "try: free some space there"), full.err);
  const int arrived = new_ones(laptop.mirror(), old_bytes, new_bytes);
  CHECK(arrived > 0);
  CHECK(arrived < file_count);
  // It says so again, and nothing gets worse.
  CHECK(laptop.re({"rsync"}).exit.code == 1);
  CHECK(new_ones(laptop.mirror(), old_bytes, new_bytes) >= arrived);
  disk.resize(large_disk);
  const auto again = laptop.re({"rsync"});
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(new_ones(laptop.mirror(), old_bytes, new_bytes) == file_count);
  CHECK((code_of(laptop.mirror()) == code_of(laptop.project())));
}

TEST_CASE("results that do not fit on a disk of 64 MB here are there as whole old and new files") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  laptop.init();
  const auto got = laptop.project() / "got";
  const SmallDisk disk(got, small_disk);
  write_version(laptop.mirror() / "results", 'o', old_bytes);
  REQUIRE(laptop.re({"pull", "results/", "got"}).exit.ok());
  write_version(laptop.mirror() / "results", 'n', new_bytes);
  const auto full = laptop.re({"pull", "results/", "got"});
  CHECK(full.exit.code == 1);
  CHECK_MESSAGE(contains(full.err, "o space left"), full.err);
  CHECK_MESSAGE(contains(full.err, "free in " + got.string()), full.err);
  CHECK_MESSAGE(contains(full.err, "try: free some space there"), full.err);
  const int arrived = new_ones(got, old_bytes, new_bytes);
  CHECK(arrived > 0);
  CHECK(arrived < file_count);
  disk.resize(large_disk);
  const auto again = laptop.re({"pull", "results/", "got"});
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(new_ones(got, old_bytes, new_bytes) == file_count);
  CHECK_FALSE(fs::exists(got / ".re-staging"));
}

TEST_CASE("a disk that fills under a job's log leaves the job its exit code and the ledger whole") {
  const Laptop laptop;
  laptop.home.write("work/a", "a");
  const SmallDisk disk(laptop.remote_home() / ".local/state", 1 << 20);
  laptop.init();
  const auto synced =
      laptop.re({"sync", "head -c 4000000 /dev/zero | tr '\\0' x; echo end; exit 5"});
  CHECK(synced.exit.code == 5);
  CHECK(contains(synced.err, "is incomplete"));
  CHECK(contains(synced.err, "No space left"));
  CHECK(synced.out.size() > 500'000);
  CHECK(synced.out.size() < 4'000'000);
  CHECK(is_json(read_file(job_folder(laptop, "1") / "exit.json").value_or("")));

  const auto log = laptop.re({"log", "-f", "1"});
  CHECK(log.exit.code == 5);
  CHECK(contains(log.err, "is incomplete"));
  CHECK(contains(laptop.re({"log", "1"}).err, "is incomplete"));
  const auto listed = laptop.re({"list", "--json"});
  CHECK(is_json(listed.out));
  CHECK(contains(listed.out, "\"failed\""));

  // Nothing can be recorded now, so nothing is started, and that is said.
  const auto refused = laptop.re({"sync", "touch started"});
  CHECK(refused.exit.code == 1);
  CHECK_MESSAGE(contains(refused.err, "o space left"), refused.err);
  CHECK_FALSE(fs::exists(laptop.mirror() / "started"));
  disk.resize(32 << 20);
  CHECK(laptop.re({"sync", "touch started"}).exit.ok());
  CHECK(fs::exists(laptop.mirror() / "started"));
}
