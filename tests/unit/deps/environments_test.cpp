// The environments of a machine, asked for over a connection.
#include <doctest/doctest.h>

#include <thread>

#include "base/files.hpp"
#include "deps/local_environments.hpp"
#include "deps/remote_environments.hpp"
#include "deps/serve_environments.hpp"
#include "jobs/project_environment.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

// Knows of jobs, and can do nothing with them.
class SomeJobs final : public jobs::JobHost {
 public:
  std::vector<JobInfo> live{};
  Result<std::vector<JobInfo>> list(const JobFilter& /*filter*/, const Wait& /*wait*/) override {
    return live;
  }
  Result<JobInfo> submit(const JobSpec&, const Wait&) override { return no(); }
  Result<JobInfo> find(const std::string&, const std::string&, const Wait&) override {
    return no();
  }
  Result<std::vector<KillReport>> kill(const std::vector<std::uint64_t>&, std::chrono::milliseconds,
                                       const Wait&) override {
    return no();
  }
  Result<void> send_signal(std::uint64_t, int, const Wait&) override { return no(); }
  Result<void> write_stdin(std::uint64_t, const std::string&, std::uint64_t, std::string_view, bool,
                           const Wait&) override {
    return no();
  }
  Result<std::uint64_t> claim_stdin(std::uint64_t, const std::string&, const Wait&) override {
    return no();
  }
  Result<void> resize_terminal(std::uint64_t, std::uint32_t, std::uint32_t, const Wait&) override {
    return no();
  }
  Result<JobInfo> read_log(const LogQuery&, const jobs::LogBegin&, const jobs::LogSink&,
                           const Wait&) override {
    return no();
  }

 private:
  static Error no() { return {Errc::unsupported, "not here"}; }
};

struct World {
  test::TemporaryDirectory state{};
  SomeJobs jobs{};
  LocalEnvironments local{state.path(), jobs};
  rpc::Service service{};
  std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> streams = *make_stream_pair();
  std::thread server{};
  std::unique_ptr<rpc::Connection> connection{};
  std::unique_ptr<RemoteEnvironments> remote{};

  World() {
    serve_environments(service, local);
    server = std::thread([this] { (void)rpc::serve(*streams.second, service, Log::nowhere()); });
    connection =
        std::make_unique<rpc::Connection>(*rpc::Connection::open(std::move(streams.first), {}));
    remote = std::make_unique<RemoteEnvironments>(*connection);
  }
  ~World() {
    connection->close();
    streams.second->close();
    server.join();
  }
  std::filesystem::path place() const { return state.path() / "environments/project1"; }
  void make(const std::string& name) const {
    std::filesystem::create_directories(place() / name);
    REQUIRE(
        write_file_atomic(place() / name / jobs::environment_marker, R"({"python": "3.11.2"})"));
  }
};

}  // namespace

TEST_CASE("an environment is used from the moment it is asked for, if it is whole") {
  World world;
  CHECK_FALSE(world.remote->use("project1", "aa", {})->ready);
  std::filesystem::create_directories(world.place() / "aa.4");
  CHECK_FALSE(world.remote->use("project1", "aa", {})->ready);
  world.make("aa.2");
  world.make("aa.10");
  world.make("bb.3");
  const auto used = world.remote->use("project1", "aa", {});
  REQUIRE(used);
  CHECK(used->ready);
  CHECK(used->directory == world.place() / "aa.10");
  CHECK(used->python == "3.11.2");
  CHECK(jobs::current_environment(world.place()) == world.place() / "aa.10");
  CHECK(world.remote->use("project1", "bb", {})->ready);
  CHECK(jobs::current_environment(world.place()) == world.place() / "bb.3");
  CHECK_FALSE(world.remote->use("project1", "cc", {})->ready);
  CHECK(jobs::current_environment(world.place()) == world.place() / "bb.3");
}

TEST_CASE("a job that makes the environment right now is named") {
  World world;
  JobInfo job{.id = 7};
  job.spec.kind = "install";
  job.spec.argv = {"re-agent", "environment", "--id", "aa"};
  world.jobs.live = {job};
  CHECK(world.remote->use("project1", "aa", {})->building == 7);
  CHECK(world.remote->use("project1", "bb", {})->building == 0);
}

TEST_CASE("files are staged beside it, and nowhere else") {
  World world;
  const auto place = world.remote->stage("project1", "aa",
                                         {{"requirements.txt", "-r b/c.txt"}, {"b/c.txt", ""}}, {});
  REQUIRE(place);
  CHECK(*place == world.place());
  CHECK(read_file(world.place() / "asked/aa/requirements.txt").value_or("") == "-r b/c.txt");
  CHECK(read_file(world.place() / "asked/aa/b/c.txt").value_or("?").empty());
  for (const char* bad : {"../x", "/etc/x", "a/../../x", ""})
    CHECK(world.remote->stage("project1", "aa", {{bad, "x"}}, {}).error().code == Errc::usage);
  CHECK_FALSE(world.remote->stage("../x", "aa", {}, {}));
  CHECK_FALSE(world.remote->stage("project1", "../x", {}, {}));
  CHECK_FALSE(world.remote->use("project1", "", {}));
}
