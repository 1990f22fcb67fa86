// Disks that are full or not ours.
#include <doctest/doctest.h>

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
