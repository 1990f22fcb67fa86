// The agent's daemon as a process: one per home, there while needed, gone when idle.
#include <doctest/doctest.h>

#include <signal.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "rpc/connection.hpp"
#include "rpc/messages.hpp"
#include "support/home.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

rpc::AgentFacts start_agent(const Home& home, std::vector<std::string> options = {}) {
  std::vector<std::string> argv = {built_agent().string(), "start", "--marker", "M1"};
  argv.insert(argv.end(), options.begin(), options.end());
  const auto output = home.run(argv);
  REQUIRE_MESSAGE(output.out.starts_with("M1 agent "), output.out << output.err);
  return *from_json<rpc::AgentFacts>(std::string_view(output.out).substr(9));
}

Result<rpc::Reply> ask(const rpc::AgentFacts& facts, std::string_view method) {
  const Wait wait{.deadline = Deadline::after(std::chrono::seconds(10))};
  LIBRE_TRY(auto stream, connect_unix(facts.socket, wait));
  LIBRE_TRY(auto connection, rpc::Connection::open(std::move(stream), wait));
  LIBRE_TRY(const auto call, connection.send(method, {}, wait));
  return connection.wait_reply(call, wait);
}

bool is_running(const rpc::AgentFacts& facts) {
  return ::kill(static_cast<pid_t>(facts.pid), 0) == 0;
}

}  // namespace

TEST_CASE("start finds the running agent instead of starting a second one") {
  const Home home;
  const auto first = start_agent(home);
  const auto second = start_agent(home);
  CHECK(first.pid == second.pid);
  CHECK(first.home == home.path());
  CHECK(ask(first, "agent.facts")->header == to_json(first));
}

TEST_CASE("twenty starts at the same instant make one agent") {
  const Home home;
  auto pipes = std::vector<FdPair>();
  for (int i = 0; i < 20; ++i) {
    pipes.push_back(std::move(*make_pipe()));
    home.start({built_agent().string(), "start", "--marker", "M1"}, {}, -1,
               pipes.back().second.get());
    pipes.back().second.reset();
  }
  std::string pids;
  for (auto& pipe : pipes) {
    FdStream stream(std::move(pipe.first));
    std::string line;
    std::byte buffer[4096];
    for (;;) {
      const auto size =
          stream.read(buffer, {.deadline = Deadline::after(std::chrono::seconds(30))});
      REQUIRE(size);
      if (*size == 0) break;
      line += as_text(std::span(buffer, *size));
    }
    REQUIRE_MESSAGE(line.starts_with("M1 agent "), line);
    const auto pid =
        std::to_string(from_json<rpc::AgentFacts>(std::string_view(line).substr(9))->pid);
    if (pids.empty()) pids = pid;
    CHECK(pids == pid);
  }
}

TEST_CASE("an agent with nothing to do leaves, and takes its socket with it") {
  const Home home;
  const auto facts = start_agent(home, {"--idle", "1"});
  CHECK(eventually([&] { return !is_running(facts); }));
  CHECK_FALSE(std::filesystem::exists(facts.socket));
}

TEST_CASE("an agent killed with SIGKILL is replaced at the next start") {
  const Home home;
  const auto first = start_agent(home);
  ::kill(static_cast<pid_t>(first.pid), SIGKILL);
  const auto second = start_agent(home);
  CHECK(first.pid != second.pid);
  CHECK(ask(second, "agent.facts"));
}

TEST_CASE("an agent that is asked to leave ends its connections and goes") {
  const Home home;
  const auto facts = start_agent(home);
  const Wait wait{.deadline = Deadline::after(std::chrono::seconds(10))};
  auto idle = rpc::Connection::open(std::move(*connect_unix(facts.socket, wait)), wait);
  (void)ask(facts, "agent.leave");
  const auto call = idle->send("agent.facts", {}, wait);
  if (call) CHECK_FALSE(idle->wait_reply(*call, wait));
  CHECK(eventually([&] { return !is_running(facts); }));
}

TEST_CASE("connect bridges stdin and stdout to the agent after its marker") {
  const Home home;
  const std::string question =
      wire::encode(wire::Greeting{}) +
      wire::encode(wire::Kind::request, 1, "{\"method\":\"agent.facts\"}\n{}", {});
  auto in = std::move(*make_pipe());
  auto out = std::move(*make_pipe());
  home.start({built_agent().string(), "connect", "--marker", "M2"}, {}, in.first.get(),
             out.second.get());
  REQUIRE(write_all(in.second.get(), question));
  FdStream answer(std::move(out.first));
  std::string bytes;
  const auto arrived = [&] { return bytes.find("agent.sock") != std::string::npos; };
  while (!arrived()) {
    std::byte buffer[4096];
    const auto size = answer.read(buffer, {.deadline = Deadline::after(std::chrono::seconds(20))});
    REQUIRE(size);
    REQUIRE(*size > 0);
    bytes += as_text(std::span(buffer, *size));
  }
  CHECK(bytes.starts_with("M2 stream\n\xffre\n"));
}

TEST_CASE("a socket that a cleaner removed comes back at the next start, with the same agent") {
  const Home home;
  const auto facts = start_agent(home);
  std::filesystem::remove(facts.socket);
  CHECK(start_agent(home).pid == facts.pid);
  CHECK(ask(facts, "agent.facts"));
}

TEST_CASE("an agent whose lock was removed leaves to the one that began after it") {
  const Home home;
  const auto first = start_agent(home);
  const auto runtime = std::filesystem::path(first.socket).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(runtime))
    if (entry.is_regular_file() || entry.is_socket()) std::filesystem::remove(entry.path());
  const auto second = start_agent(home);
  CHECK(second.pid != first.pid);
  (void)::kill(static_cast<pid_t>(first.pid), SIGUSR1);  // what the next minute would do
  CHECK(eventually([&] { return !is_running(first); }));
  CHECK(ask(second, "agent.facts"));
}

TEST_CASE("the agent is small, and quiet when idle") {
  CHECK(std::filesystem::file_size(built_agent()) <= 3u << 20);
  const Home home;
  const auto facts = start_agent(home);
  const auto status = read_file("/proc/" + std::to_string(facts.pid) + "/status");
  const auto at = status->find("VmRSS:");
  REQUIRE(at != std::string::npos);
  const auto kilobytes = std::stoul(status->substr(at + 6));
  CHECK(kilobytes <= 10 * 1024);
  const auto ticks = [&] {
    const auto stat = read_file("/proc/" + std::to_string(facts.pid) + "/schedstat");
    return split(*stat, ' ').at(2);  // time slices run so far (proc(5))
  };
  const auto is_quiet = [&] {  // for two seconds on end
    const auto before = ticks();
    (void)wait_for(-1, 0, {.deadline = Deadline::after(std::chrono::seconds(2))});
    return ticks() == before;
  };
  CHECK(eventually(is_quiet, std::chrono::seconds(6)));  // starting up may still be under way
}
