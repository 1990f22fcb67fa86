// Many machines at once, over real servers.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/files.hpp"
#include "support/evidence.hpp"
#include "support/fleet.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// Probes log in for themselves: 64 masters would be a burden for a test machine, and no other test.
constexpr const char* alone = "persist = 0\n";

std::string only_row(const Output& output, const std::string& name) {
  const auto rows = rows_of(output.out, name);
  REQUIRE_MESSAGE(rows.size() == 1, name << ":\n" << output.out << output.err);
  return rows.front();
}

}  // namespace

TEST_CASE(
    "T15: sixty-four machines, of which some are ill, are asked at once, and every row is right") {
  std::vector<std::unique_ptr<Machine>> plain;
  for (int first = 1; first <= 46; first += 15)
    plain.push_back(std::make_unique<Machine>(0, std::vector<std::string>{}, first, 15));
  const Machine eight(8, {}, 61);
  const Home texts;
  texts.write("banner", "*** AUTHORIZED USE ONLY ***\n");
  const Machine banner(0, {"Banner " + (texts / "banner").string()}, 62);
  banner.home.write(".bashrc", "echo noise; echo more noise >&2\n");
  Fleet fleet;
  const auto at = [&](int last) -> const Machine& {
    return *plain[static_cast<std::size_t>(last - 1) / 15];
  };
  for (int i = 1; i <= 57; ++i) fleet.add(fmt::format("node{}", i), at(i), i, alone);
  fleet.add("gpus", eight, 61, alone);
  fleet.add("banner", banner, 62, alone);
  fleet.add("stranger", at(59), 59, alone);
  fleet.forget_key_of(at(59), 59);
  const auto other_key = fleet.laptop / "other_key";
  checked_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other_key.string()});
  fleet.add("locked", at(60), 60,
            std::string(alone) + "identity_file = " + other_key.string() + "\n");
  int silent = 0;
  const Fd listening = silent_port(silent);
  fleet.add("hanging", "127.0.0.1", silent, alone);
  fleet.add("closed", "127.0.0.1", closed_port(), alone);
  fleet.add("nowhere", "no-such-host.invalid", 22, alone);
  // The first contact brings the agent; 15 at once would all bring it to the same home.
  const auto first = fleet.re(
      {"probe", "node1", "node16", "node31", "node46", "gpus", "banner", "--timeout", "60"});
  REQUIRE_MESSAGE(first.exit.ok(), first.out << first.err);

  const auto output = fleet.re({"probe", "--force", "--timeout", "60"});
  CHECK(output.exit.ok());
  for (int i = 1; i <= 57; ++i) {
    const auto row = only_row(output, fmt::format("node{}", i));
    CHECK_MESSAGE(contains(row, "| active "), output.err);
    CHECK(contains(row, "| none "));
  }
  CHECK(contains(only_row(output, "banner"), "| active "));
  const auto eight_rows = rows_of(output.out, "gpus");
  REQUIRE_MESSAGE(eight_rows.size() == 8, output.out);
  for (const auto& row : eight_rows) CHECK(contains(row, "81075 of 81559"));
  CHECK(contains(eight_rows[7], "7 H100 80GB HBM3"));
  CHECK(contains(only_row(output, "stranger"), "| host key "));
  CHECK(contains(only_row(output, "locked"), "| no login "));
  CHECK(contains(only_row(output, "hanging"), "| no answer "));
  CHECK(contains(only_row(output, "closed"), "| refused "));
  CHECK(contains(only_row(output, "nowhere"), "| unknown host "));
  // It was not waited for as long as --timeout allows.
  CHECK(contains(output.err, "all others have answered"));

  const auto json = fleet.re({"probe", "gpus", "closed", "--json", "--force", "--timeout", "60"});
  CHECK(is_json(json.out));
  CHECK(contains(json.out, "\"code\":\"refused\""));
  CHECK(contains(json.out, "\"uuid\":\"" + FakeGpus::uuid(7) + "\""));
}

TEST_CASE("an answer of the last minute is shown again with its age, and --force asks anew") {
  Machine machine(1);
  Fleet fleet;
  fleet.add("box", machine);
  REQUIRE(fleet.re({"probe"}).exit.ok());
  machine.gpus->use(0, 999'999'999);
  const auto again = fleet.re({"probe"});
  CHECK(contains(only_row(again, "box"), "81075 of 81559"));
  CHECK(contains(again.err, "re probe --force asks anew"));
  CHECK(contains(fleet.re({"probe", "--json"}).out, "\"remembered\":true"));
  // Those who ask within half a second get one answer of the driver.
  CHECK(eventually([&] {
    const auto row = only_row(fleet.re({"probe", "--force"}), "box");
    return contains(row, "80051 of 81559") && contains(row, "?:999999999 python3");
  }));
}

TEST_CASE(
    "a process on a GPU is shown with its user and its command, and as our job where it is one") {
  Machine machine(2);
  Fleet fleet;
  fleet.add("box", machine);
  const auto started = fleet.re({"async", "sh -c 'echo $$; exec sleep 1000'"});
  REQUIRE_MESSAGE(started.exit.ok(), started.err);
  std::string pid;
  REQUIRE(eventually([&] {
    pid = fleet.re({"log"}).out;
    return contains(pid, "\n");
  }));
  machine.gpus->use(1, std::stoi(pid));
  const auto output = fleet.re({"probe", "--force", "--json"});
  CHECK(contains(output.out, "\"job\":1"));
  CHECK(contains(output.out, "\"command\":\"sleep 1000\""));
  CHECK(contains(rows_of(fleet.re({"probe"}).out, "box").at(1), "job 1"));
  CHECK(fleet.re({"kill", "1"}).exit.ok());
}

TEST_CASE("where no machine answers the exit code says so, and each one's reason is told") {
  Fleet fleet;
  fleet.add("closed", "127.0.0.1", closed_port());
  const auto output = fleet.re({"probe"});
  CHECK(output.exit.code == 255);
  CHECK(contains(only_row(output, "closed"), "| refused "));
  CHECK(contains(output.err, "closed: cannot reach "));
}

TEST_CASE("a driver that hangs costs its GPUs, and nothing else of the machine") {
  Machine machine(1);
  machine.gpus->hang(true);
  Fleet fleet;
  fleet.add("box", machine);
  const auto output = fleet.re({"probe", "--timeout", "60"});
  CHECK(output.exit.ok());
  CHECK(contains(only_row(output, "box"), "| active "));
  CHECK(contains(output.err, "box: nvidia-smi does not answer"));
}
