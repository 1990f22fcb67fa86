// Killed laptops, agents and supervisors.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <signal.h>
#include <atomic>
#include <thread>

#include "base/files.hpp"
#include "base/text.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

std::string wait_for_file(const std::string& name) {
  return fmt::format("while [ ! -e {} ]; do sleep 0.02; done", name);
}

}  // namespace

TEST_CASE("a laptop that dies during sync leaves the job running, and re log finds it") {
  const World world;
  {
    Running sync(world.laptop,
                 {"sync", "echo begun; " + wait_for_file("go") + "; echo done; exit 6"});
    REQUIRE(eventually([&] { return sync.out() == "begun\n"; }));
    sync.signal(SIGKILL);
    CHECK(sync.wait().signal == SIGKILL);
  }
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"running\""));
  world.put("go");
  const auto log = world.laptop.re({"log", "-f"});
  CHECK(log.out == "begun\ndone\n");
  CHECK(log.exit.code == 6);
}

TEST_CASE(
    "T8: an agent killed in the middle of runs loses none, and the next one knows how they ended") {
  const World world;
  const auto& laptop = world.laptop;
  const auto first = laptop.submit({"echo begun; " + wait_for_file("first") + "; exit 7"});
  const auto second = laptop.submit({wait_for_file("second") + "; exit 8"});
  const auto third = laptop.submit({"--name", "third", "sleep 1000"});
  Running follow(laptop, {"log", "-f", first});
  REQUIRE(eventually([&] { return follow.out() == "begun\n"; }));

  CHECK(kill_agents(laptop, "serve") == 1);
  world.put("second");  // ends while no agent looks
  REQUIRE(eventually([&] { return fs::exists(job_folder(laptop, second) / "exit.json"); }));
  CHECK(count_of(laptop.re({"list", "--json"}).out, "\"running\"") == 2);
  CHECK(laptop.re({"log", "-f", second}).exit.code == 8);

  CHECK(kill_agents(laptop, "serve") == 1);
  CHECK(laptop.re({"kill", "third"}).exit.ok());
  CHECK_FALSE(is_running_there(laptop, "sleep 1000"));

  CHECK(kill_agents(laptop, "serve") == 1);
  world.put("first");
  CHECK(follow.wait().code == 7);
  CHECK(follow.out() == "begun\n");
  CHECK(laptop.re({"log", "-f", first}).exit.code == 7);
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"killed\""));
}

TEST_CASE("agents killed again and again while jobs are submitted start each job once") {
  const World world;
  const auto& laptop = world.laptop;
  std::atomic<bool> enough = false;
  std::atomic<int> killed = 0;
  // At most one kill for each submit, at a moment that nobody chooses.
  std::atomic<int> allowed = 0;
  std::thread killer([&] {
    while (!enough)
      if (killed < allowed)
        killed += static_cast<int>(kill_agents(laptop, "serve"));
      else
        std::this_thread::yield();
  });
  struct Stop {
    std::atomic<bool>& enough;
    std::thread& thread;
    ~Stop() {
      enough = true;
      thread.join();
    }
  };
  std::vector<std::string> jobs;
  {
    const Stop stop{enough, killer};
    for (int i = 0; i < 6; ++i) {
      ++allowed;
      const auto output = laptop.re({"async", "--no-rsync", "--name", fmt::format("job-{}", i),
                                     fmt::format("echo {0} >> $HOME/ran; exit {0}", i)});
      CHECK_MESSAGE(output.exit.ok(), output.err);
      jobs.emplace_back(trim(output.out));
    }
  }
  CHECK(killed >= 3);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    CHECK(laptop.re({"log", "-f", jobs[i]}).exit.code == static_cast<int>(i));
  const auto listed = laptop.re({"list", "--all", "--json"}).out;
  for (int i = 0; i < 6; ++i) CHECK(count_of(listed, fmt::format("\"name\":\"job-{}\"", i)) == 1);
  CHECK(count_of(read_file(laptop.remote_home() / "ran").value_or(""), "\n") == 6);
}

TEST_CASE("a job whose supervisor is killed is reported lost, and its tree is ended") {
  const World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit({"echo begun; (setsid sleep 4711 &); sleep 4712; echo never"});
  REQUIRE(eventually([&] {
    return is_running_there(laptop, "sleep 4711") && is_running_there(laptop, "sleep 4712");
  }));
  CHECK(kill_agents(laptop, "supervise") == 1);
  const auto log = laptop.re({"log", "-f", job});
  CHECK(log.exit.code == 1);
  CHECK(log.out == "begun\n");
  CHECK(contains(log.err, "is lost"));
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"lost\""));
  CHECK(eventually([&] {
    return !is_running_there(laptop, "sleep 4711") && !is_running_there(laptop, "sleep 4712");
  }));
}

TEST_CASE("a job whose supervisor and agent die together is lost, too, and its tree is ended") {
  const World world;
  const auto& laptop = world.laptop;
  const auto job = laptop.submit({"sleep 4713"});
  REQUIRE(eventually([&] { return is_running_there(laptop, "sleep 4713"); }));
  CHECK(kill_agents(laptop, "serve") == 1);
  CHECK(kill_agents(laptop, "supervise") == 1);
  CHECK(laptop.re({"log", "-f", job}).exit.code == 1);
  CHECK(contains(laptop.re({"list", "--json"}).out, "\"lost\""));
  CHECK(eventually([&] { return !is_running_there(laptop, "sleep 4713"); }));
}

TEST_CASE("T3: two submits at the same instant are two jobs with two logs and two exit codes") {
  const World world;
  const auto& laptop = world.laptop;
  Running one(laptop, {"async", "echo one; exit 1"});
  Running two(laptop, {"async", "echo two; exit 2"});
  CHECK(one.wait().ok());
  CHECK(two.wait().ok());
  const std::string first(trim(one.out())), second(trim(two.out()));
  CHECK(first != second);
  const auto log_one = laptop.re({"log", "-f", first}), log_two = laptop.re({"log", "-f", second});
  CHECK(log_one.out == "one\n");
  CHECK(log_two.out == "two\n");
  CHECK(log_one.exit.code == 1);
  CHECK(log_two.exit.code == 2);
}
