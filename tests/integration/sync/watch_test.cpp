// re watch, with a real server: what is saved here is there a moment later.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <pty.h>
#include <signal.h>
#include <unistd.h>

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

class Terminal {
 public:
  Terminal() {
    int keyboard = -1, screen = -1;
    REQUIRE(::openpty(&keyboard, &screen, nullptr, nullptr, nullptr) == 0);
    keyboard_ = Fd(keyboard);
    screen_ = Fd(screen);
    REQUIRE(set_nonblocking(keyboard, true));
  }
  int fd() const { return screen_.get(); }  // for the program
  // All that was written to it so far.
  const std::string& seen() {
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(keyboard_.get(), buffer, sizeof buffer)) > 0;)
      seen_.append(buffer, static_cast<std::size_t>(size));
    return seen_;
  }

 private:
  Fd keyboard_, screen_;
  std::string seen_;
};

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
  Running watch(laptop, {"watch"});
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

TEST_CASE("an idle watch finds that its line broke before anything is saved") {
  Laptop laptop;
  TcpProxy proxy(laptop.server().port());
  laptop.go_through(proxy.port());
  laptop.init();
  Running watch(laptop, {"watch"});
  REQUIRE(eventually([&] { return contains(watch.err(), "watching "); }));
  proxy.cut_all();
  // It looks every 15 s.
  CHECK(eventually([&] { return count_of(watch.err(), "watching ") == 2; },
                   std::chrono::seconds(40)));
  CHECK(contains(watch.err(), "trying again"));
}

TEST_CASE("on a terminal a watch is one line that changes") {
  Home home;
  home.write("work/a.py", "1");
  const auto project = home / "work";
  REQUIRE(home.run({built_re(), "init", "--instance", "local"}, project).exit.ok());
  Terminal terminal;
  const auto pid = home.start({built_re(), "watch"}, project, -1, -1, terminal.fd());
  CHECK(eventually([&] { return contains(terminal.seen(), "\r\x1b[Kwatching 1 file; nothing"); }));
  // A bar is for what takes long. One sync may, but not every one; and the first ones cannot tell.
  bool bare = false;
  for (int i = 2; i <= 20 && !(bare && i > 5); ++i) {
    const auto before = terminal.seen().size();
    home.write(fmt::format("work/{}.py", i), "1");
    const auto line = fmt::format("\r\x1b[Kwatching {} files; synced 1 file in ", i);
    CHECK(eventually([&] { return contains(terminal.seen(), line); }));
    bare = !contains(terminal.seen().substr(before), "sending");
  }
  CHECK(bare);
  CHECK_FALSE(contains(terminal.seen(), "\n"));
  ::kill(pid, SIGINT);
  const auto exit = wait_exit(pid, {.deadline = Deadline::after(std::chrono::seconds(20))});
  REQUIRE(exit);
  CHECK(exit->code == 0);
  CHECK(contains(terminal.seen(), "\r\x1b[Kstopped watching"));
}

TEST_CASE("an edit of the project's configuration counts while it is watched") {
  Laptop laptop;
  laptop.home.write("work/a.py", "1");
  laptop.home.write("work/a.txt", "1");
  laptop.init();
  Running watch(laptop, {"watch", "--json"});
  REQUIRE(eventually([&] { return syncs(watch) == 1; }));
  CHECK(std::filesystem::exists(laptop.mirror() / "a.txt"));
  const auto config = laptop.home.read("work/.recompute/config");
  laptop.home.write("work/.recompute/config", config + "select = python\n");
  CHECK(eventually([&] { return !std::filesystem::exists(laptop.mirror() / "a.txt"); }));
  CHECK(std::filesystem::exists(laptop.mirror() / "a.py"));
  // What is selected no more is no change, what is still is one.
  REQUIRE(eventually([&] { return syncs(watch) == 2; }));
  laptop.home.write("work/a.txt", "2");
  CHECK_FALSE(eventually([&] { return syncs(watch) > 2; }, std::chrono::milliseconds(500)));
  laptop.home.write("work/a.py", "2");
  CHECK(eventually([&] { return syncs(watch) == 3; }));
  CHECK(contains(code_of(laptop.mirror()).at("a.py"), "2"));
}

TEST_CASE("where the kernel has no watch to give, a watch says so and polls") {
  Laptop laptop;
  laptop.init();
  laptop.home.write("work/a.py", "1");
  laptop.home.write("work/sub/b.py", "1");
  const auto err = laptop.home / "err";
  REQUIRE_MESSAGE(laptop.home.run({"unshare", "-Ur", "true"}).exit.ok(),
                  "this test needs user namespaces, which this container or chroot does not give");
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
