#include "start.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <libre/version.hpp>

#include "base/files.hpp"
#include "base/process.hpp"
#include "places.hpp"
#include "serve.hpp"
#include "wire/greeting.hpp"

namespace libre::agent {
namespace {

constexpr auto start_limit = std::chrono::seconds(15);

Result<rpc::AgentFacts> read_facts(const Places& places) {
  LIBRE_TRY(const auto text, read_file(places.runtime_dir / "agent.json"));
  return from_json<rpc::AgentFacts>(text);
}

// Whether the agent behind `stream` speaks our protocol. An agent greets when it has something to say,
// and at the latest when its client has left.
Result<void> check_protocol(Stream& stream, const Wait& wait) {
  LIBRE_CHECK(
      stream.write(as_bytes(wire::encode(wire::Greeting{wire::protocol_number, version})), wait));
  stream.end_writing();
  std::string bytes;
  for (;;) {
    std::byte buffer[256];
    LIBRE_TRY(const auto size, stream.read(buffer, wait));
    if (size == 0) return Error{Errc::disconnected, "the agent left"};
    bytes += as_text(std::span(buffer, size));
    LIBRE_TRY(const auto greeting, wire::parse_greeting(bytes));
    if (greeting) return wire::check_compatible(greeting->greeting);
  }
}

// A connection to an agent that answers and speaks our protocol.
Result<Started> connect_running(const Places& places, const Wait& wait) {
  const auto socket = places.socket().string();
  {
    LIBRE_TRY(const auto probe, connect_unix(socket, wait));
    LIBRE_CHECK(check_protocol(*probe, wait));
  }
  LIBRE_TRY(auto stream, connect_unix(socket, wait));
  LIBRE_TRY(auto facts, read_facts(places));
  return Started{std::move(facts), std::move(stream)};
}

// To the agent that wrote agent.json. Its pid may be somebody else's by now, so the process must
// still run the program that the file names.
void signal_running(const Places& places, int signal) {
  const auto facts = read_facts(places);
  if (!facts || facts->pid <= 1) return;
  std::error_code failure;
  const auto program =
      std::filesystem::read_symlink("/proc/" + std::to_string(facts->pid) + "/exe", failure);
  if (!failure && program.string().starts_with(facts->program))  // "… (deleted)" after an upgrade
    ::kill(static_cast<pid_t>(facts->pid), signal);
}

// The daemon gets no descriptor, terminal, session or working directory of ours.
Result<void> spawn_daemon(const Places& places, const StartOptions& options) {
  LIBRE_TRY(auto ready, make_pipe());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  // The ready pipe goes as stdout: the one descriptor that spawn passes on besides stdin and stderr.
  LIBRE_CHECK(spawn({.argv = {places.program.string(), "serve", "--root", options.root, "--idle",
                              std::to_string(options.idle_seconds), "--ready-fd", "1"},
                     .directory = "/",
                     .in = null.get(),
                     .out = ready.second.get(),
                     .err = null.get(),
                     .new_session = true}));
  ready.second.reset();
  FdStream answer(std::move(ready.first));
  std::string line;
  while (!line.ends_with('\n')) {
    std::byte buffer[4096];
    LIBRE_TRY(const auto size, answer.read(buffer, {.deadline = Deadline::after(start_limit)}));
    if (size == 0)
      return Error{Errc::internal, "the agent ended while it started",
                   "see agent.log in " + places.state_root.string()};
    line += as_text(std::span(buffer, size));
  }
  if (line == "ready\n") return {};
  return error_from_json(line);
}

}  // namespace

Result<Started> start(const StartOptions& options) {
  LIBRE_TRY(auto places, find_places(process_environment(), options.root));
  LIBRE_CHECK(make_places(places));
  const Wait wait{.deadline = Deadline::after(start_limit)};
  for (;;) {
    auto running = connect_running(places, wait);
    if (running) return running;
    signal_running(places, running.error().code == Errc::version ? SIGTERM : look_signal);
    const auto daemon = spawn_daemon(places, options);
    // exists: another one starts, or an old one is on its way out; look again.
    if (!daemon && daemon.error().code != Errc::exists) return daemon.error();
    if (wait.deadline.passed())
      return Error{Errc::timed_out, "the agent does not start",
                   daemon ? running.error().message : daemon.error().message,
                   "look at " + (places.state_root / "agent.log").string()};
    if (!daemon) ::usleep(10'000);  // nothing to wait on: the other process is no child of ours
  }
}

}  // namespace libre::agent
