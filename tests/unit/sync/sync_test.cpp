#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/text.hpp"
#include "sync/serve_endpoint.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

TEST_CASE("a first sync brings files, modes, links, empty directories and times") {
  Bench bench;
  put(bench.local() / "train.py", "print(1)\n");
  put(bench.local() / "pkg/deep/run.sh", "#!/bin/sh\n");
  fs::permissions(bench.local() / "pkg/deep/run.sh", fs::perms::owner_all);
  put(bench.local() / "empty.txt", "");
  fs::create_directories(bench.local() / "results/plots");
  fs::create_symlink("pkg/deep", bench.local() / "here");
  fs::create_symlink("nowhere", bench.local() / "dangling");
  fs::create_symlink("loop", bench.local() / "loop");
  age(bench.local() / "train.py", 5000);
  const auto report = bench.sync();
  auto expected = picture(bench.local());
  expected.erase(".recompute/rsync.db");
  std::erase_if(expected, [](const auto& item) { return item.first.starts_with(".recompute"); });
  CHECK(picture(bench.mirror()) == expected);
  CHECK(report.files == 3);
  CHECK(report.files_sent == 3);
  CHECK(report.bytes_sent == report.bytes);
  CHECK(fs::last_write_time(bench.mirror() / "train.py") ==
        fs::last_write_time(bench.local() / "train.py"));
  CHECK(get(bench.local() / ".recompute/rsync.db").find("pkg/deep/run.sh\n") != std::string::npos);
}

TEST_CASE("a second sync sends nothing, one after an edit sends that file") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  put(bench.local() / "b.py", "b");
  bench.sync();
  const auto idle = bench.sync();
  CHECK(idle.files == 2);
  CHECK(idle.files_sent == 0);
  CHECK(idle.bytes_sent == 0);
  CHECK(idle.notes.empty());
  put(bench.local() / "b.py", "c");  // same size, very likely the same second
  const auto edited = bench.sync();
  CHECK(paths_of(edited.notes, Kind::sent) == std::vector<std::string>{"b.py"});
  CHECK(get(bench.mirror() / "b.py") == "c");
}

TEST_CASE("odd names travel unchanged") {
  Bench bench;
  const std::vector<std::string> names = {
      "with space", "new\nline", "-rf",    "\xff\xfe", "quote'\"",
      "tab\t",      "*?[x]",     "\\back", "$HOME",    std::string(255, 'x'),
      "ünïcode"};
  for (const auto& name : names) put(bench.local() / name / name, name);
  bench.sync();
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK(get(bench.mirror() / name / name) == name);
  }
}

TEST_CASE("what was sent and is gone here is deleted there, with the directories we made") {
  Bench bench;
  put(bench.local() / "keep.py", "k");
  put(bench.local() / "old/deep/gone.py", "g");
  bench.sync();
  fs::remove_all(bench.local() / "old");
  const auto report = bench.sync();
  CHECK(report.deleted == 1);
  CHECK_FALSE(is_there(bench.mirror() / "old"));
  CHECK(get(bench.mirror() / "keep.py") == "k");
}

TEST_CASE("files that the instance made are never touched") {
  Bench bench;
  put(bench.local() / "out/code.py", "1");
  bench.sync();
  put(bench.mirror() / "out/model.bin", "weights");
  put(bench.mirror() / "data/set.csv", "1,2");
  fs::remove_all(bench.local() / "out");
  bench.sync();
  CHECK(get(bench.mirror() / "out/model.bin") == "weights");
  CHECK(get(bench.mirror() / "data/set.csv") == "1,2");
  CHECK_FALSE(is_there(bench.mirror() / "out/code.py"));
  // Once the foreign file is gone the directory goes too: it was ours.
  fs::remove(bench.mirror() / "out/model.bin");
  bench.sync();
  CHECK_FALSE(is_there(bench.mirror() / "out"));
}

TEST_CASE(
    "a file changed over there is kept aside when a new one comes, and left alone when it is gone "
    "here") {
  Bench bench;
  put(bench.local() / "a.py", "one");
  put(bench.local() / "b.py", "two");
  bench.sync();
  put(bench.mirror() / "a.py", "their one");
  put(bench.mirror() / "b.py", "their two");
  put(bench.local() / "a.py", "my one");
  fs::remove(bench.local() / "b.py");
  const auto report = bench.sync();
  CHECK(get(bench.mirror() / "a.py") == "my one");
  CHECK(get(bench.mirror() / "b.py") == "their two");
  REQUIRE(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
  CHECK(paths_of(report.notes, Kind::left_alone) == std::vector<std::string>{"b.py"});
  for (const auto& note : report.notes)
    if (note.kind == Kind::kept_aside) {
      CHECK(note.detail.starts_with("a.py.re-kept-2"));
      CHECK(get(bench.mirror() / note.detail) == "their one");
    }
  CHECK(bench.sync().notes.empty());
}

TEST_CASE("a change over there is undone even where nothing changed here") {
  Bench bench;
  put(bench.local() / "a.py", "one");
  bench.sync();
  put(bench.mirror() / "a.py", "two");
  const auto report = bench.sync();
  CHECK(get(bench.mirror() / "a.py") == "one");
  CHECK(paths_of(report.notes, Kind::kept_aside).size() == 1);
}

TEST_CASE("files that lie there already with the same content are adopted, not sent") {
  Bench bench;
  put(bench.local() / "a.py", "same");
  put(bench.mirror() / "a.py", "same");
  const auto report = bench.sync();
  CHECK(report.files_sent == 0);
  CHECK(paths_of(report.notes, Kind::kept_aside).empty());
  fs::remove(bench.local() / "a.py");
  CHECK(bench.sync().deleted == 1);
}

TEST_CASE("files and directories may change into each other") {
  Bench bench;
  put(bench.local() / "x", "file");
  put(bench.local() / "y/in.py", "inside");
  bench.sync();
  fs::remove(bench.local() / "x");
  put(bench.local() / "x/in.py", "now inside");
  fs::remove_all(bench.local() / "y");
  put(bench.local() / "y", "now a file");
  auto report = bench.sync();
  CHECK(get(bench.mirror() / "x/in.py") == "now inside");
  CHECK(get(bench.mirror() / "y") == "now a file");
  CHECK(paths_of(report.notes, Kind::kept_aside).empty());
  // With somebody's file in it the directory goes aside as a whole.
  put(bench.mirror() / "x/result.bin", "precious");
  fs::remove_all(bench.local() / "x");
  fs::create_symlink("y", bench.local() / "x");
  report = bench.sync();
  CHECK(fs::is_symlink(bench.mirror() / "x"));
  REQUIRE(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"x"});
  for (const auto& note : report.notes)
    if (note.kind == Kind::kept_aside)
      CHECK(get(bench.mirror() / note.detail / "result.bin") == "precious");
  CHECK(bench.sync().notes.empty());
}

TEST_CASE("a link in the mirror where a directory belongs is not followed") {
  Bench bench;
  put(bench.scratch.path() / "outside/keep.txt", "safe");
  fs::create_directories(bench.mirror());
  fs::create_directory_symlink(bench.scratch.path() / "outside", bench.mirror() / "sub");
  put(bench.local() / "sub/a.py", "a");
  const auto report = bench.sync();
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"sub"});
  CHECK(get(bench.mirror() / "sub/a.py") == "a");
  CHECK_FALSE(is_there(bench.scratch.path() / "outside/a.py"));
  CHECK(get(bench.scratch.path() / "outside/keep.txt") == "safe");
}

TEST_CASE("a dry run says what would happen and changes nothing") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  auto report = bench.sync({.dry_run = true});
  CHECK(report.dry_run);
  CHECK(report.files_sent == 1);
  CHECK_FALSE(is_there(bench.mirror()));
  CHECK_FALSE(is_there(bench.local() / ".recompute/rsync.db"));
  bench.sync();
  put(bench.mirror() / "a.py", "theirs");
  put(bench.local() / "b.py", "b");
  const auto before = picture(bench.scratch.path());
  report = bench.sync({.dry_run = true});
  CHECK(paths_of(report.notes, Kind::sent) == std::vector<std::string>{"a.py", "b.py"});
  CHECK(paths_of(report.notes, Kind::kept_aside) == std::vector<std::string>{"a.py"});
  CHECK(picture(bench.scratch.path()) == before);
}

TEST_CASE("force compares contents even where nothing seems to have changed") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  bench.sync();
  const auto report = bench.sync({.force = true});
  CHECK(report.files_sent == 0);
  CHECK(get(bench.mirror() / "a.py") == "a");
}

TEST_CASE("two projects never share a mirror") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  bench.sync();
  bench.spec.project_id = "id2";
  const auto refused = bench.try_sync();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exists);
  CHECK(refused.error().hint.find("--name") != std::string::npos);
  CHECK(bench.endpoint().find(bench.spec, {}).error().code == Errc::exists);
}

TEST_CASE("a mirror inside the project, around it, or that is the home directory is refused") {
  Bench bench;
  bench.spec.source_root = bench.local().string();
  for (const auto& path :
       {bench.local().string(), (bench.local() / "sub").string(), bench.scratch.path().string(),
        std::string("."), std::string("/"), std::string("")}) {
    CAPTURE(path);
    bench.spec.path = path;
    const auto refused = bench.try_sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::usage);
  }
}

TEST_CASE("sockets, pipes and links that point outside are reported") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  REQUIRE(::mkfifo((bench.local() / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("/etc/passwd", bench.local() / "absolute");
  fs::create_symlink("../../x", bench.local() / "up");
  fs::create_directories(bench.local() / "sub");
  fs::create_symlink("../a.py", bench.local() / "sub/inside");
  const auto report = bench.sync();
  CHECK(paths_of(report.notes, Kind::special) == std::vector<std::string>{"pipe"});
  CHECK(paths_of(report.notes, Kind::outside_link) == std::vector<std::string>{"absolute", "up"});
  CHECK(fs::read_symlink(bench.mirror() / "absolute") == "/etc/passwd");
  CHECK_FALSE(is_there(bench.mirror() / "pipe"));
}

TEST_CASE("what cannot be read is skipped and said, and what is there of it stays") {
  // Root reads everything, so the thread that syncs gives up that right: setfsuid changes only
  // the identity that files are opened with.
  if (::getuid() != 0) {
    MESSAGE("needs root to change its identity; covered where the tests run as root");
    return;
  }
  Bench bench;
  put(bench.local() / "secret.py", "s");
  put(bench.local() / "locked/in.py", "i");
  put(bench.local() / "open.py", "o");
  bench.sync();
  for (const auto& item : fs::recursive_directory_iterator(bench.local()))
    REQUIRE(::lchown(item.path().c_str(), 65534, 65534) == 0);
  REQUIRE(::lchown(bench.local().c_str(), 65534, 65534) == 0);
  fs::permissions(bench.local() / "secret.py", fs::perms::none);
  fs::permissions(bench.local() / "locked", fs::perms::none);
  put(bench.local() / "open.py", "changed");
  Result<SyncReport> report;
  std::thread([&] {
    ::setfsgid(65534);
    ::setfsuid(65534);
    report = bench.try_sync();
  }).join();
  fs::permissions(bench.local() / "locked", fs::perms::owner_all);
  REQUIRE(report);
  CHECK(paths_of(report->notes, Kind::unreadable) ==
        std::vector<std::string>{"locked", "secret.py"});
  CHECK(get(bench.mirror() / "secret.py") == "s");
  CHECK(get(bench.mirror() / "locked/in.py") == "i");
  CHECK(get(bench.mirror() / "open.py") == "changed");
}

TEST_CASE("files in use over there stay whole, and permissions of the group survive an edit") {
  Bench bench;
  put(bench.local() / "a.py", std::string(100'000, 'a'));
  bench.sync();
  const int reader = ::open((bench.mirror() / "a.py").c_str(), O_RDONLY);
  put(bench.local() / "a.py", "short");
  bench.sync();
  CHECK(::lseek(reader, 0, SEEK_END) == 100'000);
  ::close(reader);
  CHECK(get(bench.mirror() / "a.py") == "short");
}

TEST_CASE("the executable bit follows without sending the file again") {
  Bench bench;
  put(bench.local() / "run.sh", "x");
  bench.sync();
  fs::permissions(bench.local() / "run.sh", fs::perms::owner_exec, fs::perm_options::add);
  const auto report = bench.sync();
  CHECK(report.files_sent == 0);
  CHECK(picture(bench.mirror()).at("run.sh") == "x:x");
}

TEST_CASE("two thousand files arrive, and an idle sync reads none of them again") {
  Bench bench;
  for (int i = 0; i < 2000; ++i)
    put(bench.local() / ("d" + std::to_string(i % 37)) / (std::to_string(i) + ".py"),
        std::to_string(i));
  const auto first = bench.sync();
  CHECK(first.files_sent == 2000);
  auto expected = picture(bench.local());
  std::erase_if(expected, [](const auto& item) { return item.first.starts_with(".recompute"); });
  CHECK(picture(bench.mirror()) == expected);
  CHECK(bench.sync().files_sent == 0);
}
