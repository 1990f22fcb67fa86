// The agent for ARM machines, where it was built (preset agent-aarch64), run by qemu: it is asked over
// its socket as any other agent is.
#include <doctest/doctest.h>

#include <libre/version.hpp>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "bootstrap/bundle.hpp"
#include "jobs/remote_job_host.hpp"
#include "machine/remote_machine.hpp"
#include "rpc/messages.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

const std::filesystem::path agent =
    LIBRE_SOURCE_DIR "/build/agent-aarch64/libexec/libre/re-agent-linux-aarch64";
constexpr const char* qemu = "/usr/bin/qemu-aarch64-static";
constexpr const char* c_library = "/usr/aarch64-linux-gnu";  // comes with the cross compiler
const std::filesystem::path nvml = LIBRE_SOURCE_DIR "/build/agent-aarch64/nvml";

// Says why, where it cannot be tried out: the ordinary build has no cross compiler (docs/decisions/0021).
bool can_run() {
  if (std::filesystem::exists(agent) && std::filesystem::exists(qemu)) return true;
  MESSAGE("not tried: " << agent.string() << " or " << qemu
                        << " is missing; scripts/install-dependencies --aarch64 and "
                           "scripts/build agent-aarch64 make them");
  return false;
}

}  // namespace

TEST_CASE(
    "the agent for ARM machines is static, small, and answers under qemu as the other one does") {
  if (!can_run()) return;
  CHECK(std::filesystem::file_size(agent) < 3'000'000);
  const Home home;
  const auto version = home.run({qemu, agent.string(), "version"});
  CHECK(version.out == std::string("re-agent ") + libre::version + "\n");

  auto ready = make_pipe();
  REQUIRE(ready);
  const auto root = (home / "root").string();
  (void)home.start({qemu, agent.string(), "serve", "--root", root, "--ready-fd", "1"}, {}, -1,
                   ready->second.get());
  ready->second.reset();
  FdStream told(std::move(ready->first));
  std::byte buffer[64];
  const auto size = told.read(buffer, {Deadline::after(std::chrono::seconds(30))});
  REQUIRE(size);
  REQUIRE(as_text(std::span(buffer, *size)) == "ready\n");

  const auto started = home.run({qemu, agent.string(), "start", "--root", root, "--marker", "m"});
  REQUIRE_MESSAGE(started.out.starts_with("m agent "), (started.out + started.err));
  const auto facts = from_json<rpc::AgentFacts>(trim(started.out.substr(8)));
  REQUIRE(facts);
  const Wait wait{Deadline::after(std::chrono::seconds(60))};
  auto stream = connect_unix(facts->socket, wait);
  REQUIRE(stream);
  auto connection = rpc::Connection::open(std::move(*stream), wait);
  REQUIRE(connection);
  machine::RemoteMachine machine(*connection);
  const auto seen = machine.look(wait);
  REQUIRE_MESSAGE(seen, seen.error().describe());
  CHECK(contains(seen->system, "aarch64"));
  CHECK(seen->home == home.path().string());
  jobs::RemoteJobHost jobs(*connection);
  const auto list = jobs.list({}, wait);
  REQUIRE(list);
  CHECK(list->empty());
}

TEST_CASE(
    "the NVML reader for ARM machines is small, needs only an old glibc, and runs under qemu") {
  if (!can_run()) return;
  const Home home;
  const auto program = (nvml / "nvml-reader").string();
  const auto checked = home.run({"cmake", "-DFILE=" + program, "-DLIMIT=16384", "-DNEWEST=2.17",
                                 "-P", LIBRE_SOURCE_DIR "/cmake/CheckNvmlReader.cmake"});
  CHECK_MESSAGE(checked.exit.ok(), checked.err);
  const auto without = home.run({qemu, "-L", c_library, program});
  CHECK(without.exit.code == 127);
  CHECK(contains(without.err, "libnvidia-ml.so.1"));
  // The library that it was linked with says yes to everything and has no GPU.
  const auto with = home.run(
      {qemu, "-L", c_library, "-E", "LD_LIBRARY_PATH=" + (nvml / "names").string(), program});
  CHECK(with.exit.code == 0);
  CHECK(with.out == "driver \ncuda 0\nend\n");
  // The agent carries this very program.
  const auto carried = read_file(agent);
  const auto bytes = read_file(program);
  REQUIRE(carried);
  REQUIRE(bytes);
  CHECK(carried->find(*bytes) != std::string::npos);
}
