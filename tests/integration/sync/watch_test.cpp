// re watch, with a real server: what is saved here is there a moment later.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>

#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

std::size_t syncs(const Running& watch) { return count_of(watch.out(), "\"schema_version\":1"); }

// Without .git, which stays here. False also where a directory goes while we look.
bool is_equal(const Laptop& laptop) {
  auto image = code_of(laptop.project());
  std::erase_if(image, [](const auto& entry) { return entry.first.starts_with(".git"); });
  try {
    return code_of(laptop.mirror()) == image;
  } catch (const std::filesystem::filesystem_error&) {
    return false;
  }
}

void git(const Laptop& laptop, std::vector<std::string> words) {
  words.insert(words.begin(), {"git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c",
                               "init.defaultBranch=main"});
  const auto output = laptop.home.run(words, laptop.project());
  if (!output.exit.ok()) FAIL(output.err);
}

}  // namespace

TEST_CASE("what is saved is on the mirror, one sync for each save, and Ctrl-C is a good end") {
  Laptop laptop;
  laptop.init();
  laptop.home.write("work/a.py", "1");
  Running watch(laptop, {"watch"});
  REQUIRE(eventually([&] { return contains(watch.err(), "watching 1 file; synced 1 file in "); }));
  laptop.home.write("work/a.py", "2");
  laptop.home.write("work/new/deep/b.py", "2");
  CHECK(eventually([&] { return contains(watch.err(), "watching 2 files; synced 2 files in "); }));
  CHECK(is_equal(laptop));
  std::filesystem::remove_all(laptop.project() / "new");
  CHECK(eventually([&] { return contains(watch.err(), "watching 1 file; deleted 1 in "); }));
  CHECK(is_equal(laptop));
  watch.signal(SIGINT);
  CHECK(watch.wait().code == 0);
  CHECK(watch.out().empty());
  CHECK(count_of(watch.err(), "watching ") == 3);
  CHECK(contains(watch.err(), "stopped watching"));
}

TEST_CASE("with --json each sync is one object, and a checkout of many files is few syncs") {
  Laptop laptop;
  for (const std::string branch : {"main", "other"}) {
    for (int i = 0; i < 400; ++i)
      laptop.home.write(fmt::format("work/{}{}/{}.py", i % 2 ? "shared" : branch, i % 20, i),
                        branch);
    if (branch == "main") git(laptop, {"init", "-q"});
    if (branch == "other") git(laptop, {"checkout", "-q", "-b", "other"});
    git(laptop, {"add", "."});
    git(laptop, {"commit", "-q", "-m", branch});
  }
  git(laptop, {"checkout", "-q", "main"});
  laptop.init();
  Running watch(laptop, {"watch", "--json"});
  REQUIRE(eventually([&] { return syncs(watch) == 1; }));
  CHECK(is_equal(laptop));
  git(laptop, {"checkout", "-q", "other"});
  CHECK(eventually([&] { return is_equal(laptop); }));
  git(laptop, {"checkout", "-q", "main"});
  CHECK(eventually([&] { return is_equal(laptop); }));
  CHECK(eventually([&] { return syncs(watch) >= 3; }));
  CHECK(syncs(watch) <= 7);
  watch.signal(SIGTERM);
  CHECK(watch.wait().code == 0);
  const auto out = watch.out();
  CHECK(is_json(out.substr(0, out.find('\n'))));
}

TEST_CASE("a watch whose line breaks says so, heals, and brings what was saved meanwhile") {
  Laptop laptop;
  TcpProxy proxy(laptop.server().port());
  laptop.go_through(proxy.port());
  laptop.init();
  laptop.home.write("work/a.py", "1");
  // Longer without a network than a single command would try.
  Running watch(laptop, {"watch", "--timeout", "2"});
  REQUIRE(eventually([&] { return contains(watch.err(), "synced 1 file in "); }));
  proxy.set_refusing(true);
  proxy.cut_all();
  laptop.home.write("work/a.py", "2");
  REQUIRE(eventually([&] { return contains(watch.err(), "; trying again"); }));
  const auto before = proxy.connections();
  CHECK(eventually([&] { return proxy.connections() >= before + 5; }));
  laptop.home.write("work/b.py", "2");
  proxy.set_refusing(false);
  CHECK(eventually([&] { return is_equal(laptop); }));
  CHECK(count_of(watch.err(), "trying again") == 1);
  laptop.home.write("work/a.py", "3");
  CHECK(eventually([&] { return is_equal(laptop); }));
  // Stopped while there is no way over, it tells that something is missing there.
  proxy.set_refusing(true);
  proxy.cut_all();
  laptop.home.write("work/a.py", "4");
  REQUIRE(eventually([&] { return count_of(watch.err(), "trying again") == 2; }));
  watch.signal(SIGINT);
  CHECK(watch.wait().code == 130);
  CHECK(contains(watch.err(), "re rsync brings the rest"));
}

TEST_CASE("where the kernel has no watch to give, a watch says so and polls") {
  Laptop laptop;
  laptop.init();
  laptop.home.write("work/a.py", "1");
  laptop.home.write("work/sub/b.py", "1");
  const auto err = laptop.home / "err";
  // In a user namespace of its own the limit is for us to set.
  const auto pid = laptop.home.start({"unshare", "-Ur", "sh", "-c",
                                      "echo 2 > /proc/sys/user/max_inotify_watches; exec " +
                                          built_re().string() + " watch 2> " + err.string()},
                                     laptop.project());
  const auto said = [&] { return laptop.home.read("err"); };
  CHECK(eventually([&] { return contains(said(), "synced 2 files in "); }));
  CHECK(contains(said(), "fs.inotify.max_user_watches"));
  laptop.home.write("work/sub/b.py", "2");
  CHECK(eventually([&] { return contains(said(), "synced 1 file in "); }));
  CHECK(is_equal(laptop));
  ::kill(pid, SIGINT);
  const auto exit = wait_exit(pid, {.deadline = Deadline::after(std::chrono::seconds(20))});
  REQUIRE(exit);
  CHECK_MESSAGE(exit->code == 0, said());
}

TEST_CASE("a project that runs in place is nothing to watch for") {
  Home home;
  home.write("projects/work/a.py", "1");
  const auto re = [&](std::vector<std::string> words) {
    words.insert(words.begin(), built_re().string());
    return home.run(words, home / "projects/work");
  };
  REQUIRE(re({"init"}).exit.ok());
  const auto output = re({"watch"});
  CHECK(output.exit.code == 2);
  CHECK(contains(output.err, "runs in place"));
}
