// How many round trips a verb costs over a real SSH connection that is open, counted on the wire.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <libre/client.hpp>

#include "support/evidence.hpp"
#include "support/tcp_proxy.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// The library finds ~/.ssh and its own state by the environment.
class AtHome {
 public:
  explicit AtHome(const std::filesystem::path& home) : old_(::getenv("HOME")) {
    ::setenv("HOME", home.c_str(), 1);
  }
  ~AtHome() { ::setenv("HOME", old_.c_str(), 1); }
  AtHome(const AtHome&) = delete;

 private:
  std::string old_;
};

}  // namespace

TEST_CASE("bringing a project that is there and starting a job in it is one round trip") {
  Laptop laptop;
  TcpProxy proxy(laptop.server().port());
  laptop.go_through(proxy.port());
  laptop.home.write("work/a.py", "print('a')");
  laptop.home.write("work/b.py", "print('b')");
  laptop.init();
  laptop.submit({"true"});
  const AtHome home(laptop.home.path());
  const auto project = find_project(laptop.project());
  REQUIRE(project);
  const auto config = load_config();
  REQUIRE(config);
  const auto testbox = find_instance(*config, "testbox");
  REQUIRE(testbox);
  auto instance = Instance::connect(*testbox, {});
  if (!instance) FAIL(instance.error().describe());
  REQUIRE(instance->list({}));
  // So long a delay that a busy test machine is never slower: what goes out before an answer is one turn.
  proxy.set_delay(std::chrono::milliseconds(250));
  const auto turns_of = [&](auto&& work) {
    proxy.settle();
    const auto before = proxy.turns();
    const auto done = work();
    if (!done) FAIL(done.error().describe());
    return proxy.turns() - before;
  };
  const JobSpec spec{.command = "true"};
  const auto bring_and_start = [&] { return instance->sync_and_submit(*project, {}, spec); };

  CHECK(turns_of(bring_and_start) == 1);
  laptop.home.write("work/a.py", "print('another one')");
  laptop.home.write("work/new/c.py", "print('c')");
  CHECK(turns_of(bring_and_start) == 1);
  CHECK(code_of(laptop.mirror()) == code_of(laptop.project()));
  CHECK(turns_of([&] { return instance->submit(*project, spec); }) == 1);
  CHECK(turns_of([&] { return instance->sync(*project, {}); }) == 1);

  // What was changed there costs the comparison, and the job starts once all the same.
  laptop.home.write("work/a.py", "print('a third one')");
  REQUIRE(std::filesystem::remove(laptop.mirror() / "b.py"));
  const auto before = instance->list({});
  REQUIRE(before);
  const auto job = bring_and_start();
  REQUIRE(job);
  const auto after = instance->list({});
  REQUIRE(after);
  CHECK(after->size() == before->size() + 1);
  CHECK(job->spec.directory == laptop.mirror());
  CHECK(code_of(laptop.mirror()) == code_of(laptop.project()));
}

TEST_CASE("a job is not started in a mirror that belongs to another project") {
  Laptop laptop;
  laptop.home.write("work/a.py", "print('a')");
  laptop.init();
  std::filesystem::remove_all(laptop.project() / ".recompute");
  laptop.re({"init", "--instance", "testbox"});  // the same name, another id
  const auto started = laptop.re({"async", "--no-rsync", "touch started"});
  CHECK_FALSE(started.exit.ok());
  CHECK(contains(started.err, "belongs to another project"));
  CHECK(laptop.re({"list", "--json"}).out.find("touch started") == std::string::npos);
}
