#include <doctest/doctest.h>

#include "cli/needs.hpp"
#include "cli/ui/machines.hpp"

using libre::Errc;
using libre::Error;
using libre::Gpu;
using libre::MachineReport;

namespace {

MachineReport machine(const std::string& name) {
  MachineReport report;
  report.name = name;
  report.asked = true;
  report.age = 0.2;
  report.figures.cores = 16;
  report.figures.load_1 = 0.52;
  report.figures.memory_total = std::uint64_t{64} << 30;
  report.figures.memory_available = std::uint64_t{60} << 30;
  report.figures.disk_free = std::uint64_t{1234} << 20;
  return report;
}

Gpu gpu(int index) {
  Gpu one;
  one.index = index;
  one.uuid = "GPU-" + std::to_string(index);
  one.model = "NVIDIA A100-SXM4-40GB";
  one.memory_total = std::uint64_t{40960} << 20;
  one.memory_free = std::uint64_t{40536} << 20;
  one.memory_used = std::uint64_t{424} << 20;
  one.utilisation = 3;
  one.temperature = 29;
  one.power = 52.3;
  return one;
}

std::vector<MachineReport> fleet() {
  auto gpus = machine("gpus");
  gpus.figures.gpus = {gpu(0), gpu(1), gpu(2)};
  gpus.figures.gpus[1].claimed_by = 12;
  gpus.figures.gpus[1].users.push_back({.pid = 7, .user = "me", .command = "python3", .job = 12});
  gpus.figures.gpus[2].users.push_back({.pid = 8, .user = "ana", .command = "train"});
  auto away = machine("away");
  away.problem = Error{Errc::refused, "cannot connect to 10.0.0.7 port 22", "connection refused",
                       "check that the machine is on"};
  auto ill = machine("ill");
  ill.figures.gpu_problem = "No devices were found";
  MachineReport waiting;
  waiting.name = "waiting";
  return {machine("cpu"), gpus, away, ill, waiting};
}

std::string lines_of(std::size_t width, bool colour = false) {
  std::string text;
  for (const auto& line : cli::machine_lines(fleet(), width, colour)) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE(
    "T15: a machine has a row for each GPU, one without any has one, and so has one that is away") {
  CHECK(lines_of(0) ==
        "+---------+---------+----------------+-----------+------------------+-----+------+-------+"
        "-------------+--------+----------------+------+\n"
        "| Machine | Status  | GPU (MB)       | Disk (MB) | GPU              | Use | Temp | Power |"
        " Users       | Load   | Memory (MB)    | Age  |\n"
        "+---------+---------+----------------+-----------+------------------+-----+------+-------+"
        "-------------+--------+----------------+------+\n"
        "| cpu     | active  |              - |      1234 | none             |     |      |       |"
        "             | 0.5/16 | 61440 of 65536 | 0.2s |\n"
        "| gpus    | active  | 40536 of 40960 |      1234 | 0 A100-SXM4-40GB |  3% |  29C |   52W |"
        "             | 0.5/16 | 61440 of 65536 | 0.2s |\n"
        "|         |         | 40536 of 40960 |           | 1 A100-SXM4-40GB |  3% |  29C |   52W |"
        " job 12      |        |                |      |\n"
        "|         |         | 40536 of 40960 |           | 2 A100-SXM4-40GB |  3% |  29C |   52W |"
        " ana:8 train |        |                |      |\n"
        "| away    | refused |                |           |                  |     |      |       |"
        "             |        |                |      |\n"
        "| ill     | active  |              ? |      1234 | ?                |     |      |       |"
        "             | 0.5/16 | 61440 of 65536 | 0.2s |\n"
        "| waiting | asking  |                |           |                  |     |      |       |"
        "             |        |                |      |\n"
        "+---------+---------+----------------+-----------+------------------+-----+------+-------+"
        "-------------+--------+----------------+------+\n");
}

TEST_CASE("no line is wider than the terminal, and the original's columns stay") {
  for (const std::size_t width : {200u, 119u, 100u, 80u, 79u, 60u, 40u})
    for (const auto& line : cli::machine_lines(fleet(), width, false))
      CHECK(cli::display_width(line) <= width);
  CHECK(lines_of(79).find("| Machine | Status  | GPU (MB)       | Disk (MB) |") !=
        std::string::npos);
}

TEST_CASE("a GPU that is divided and its MIG instances have a row each, and the instances count") {
  auto divided = machine("mig");
  divided.figures.gpus = {gpu(0), gpu(0), gpu(0)};
  divided.figures.gpus[0].divided = true;
  for (std::size_t i = 1; i < 3; ++i) {
    divided.figures.gpus[i].mig_instance = static_cast<std::int64_t>(i) - 1;
    divided.figures.gpus[i].model += " MIG 1g.5gb";
  }
  divided.figures.gpus[2].claimed_by = 4;
  std::string text;
  for (const auto& line : cli::machine_lines({divided}, 0, false)) text += line + "\n";
  CHECK(text.find("| 0 A100-SXM4-40GB (MIG)        |") != std::string::npos);
  CHECK(text.find("| 0/0 A100-SXM4-40GB MIG 1g.5gb |") != std::string::npos);
  CHECK(text.find("| 0/1 A100-SXM4-40GB MIG 1g.5gb |") != std::string::npos);
  CHECK(cli::machine_summary({divided}) == "1 machine, 1 active; 1 of 2 GPUs free");
}

TEST_CASE("machines that are away are red, and only where colours are wanted") {
  CHECK(lines_of(0, true).find("\x1b[31m| away") != std::string::npos);
  CHECK(lines_of(0, false).find('\x1b') == std::string::npos);
}

TEST_CASE("the summary counts what is free, and notes tell what does not fit into a table") {
  CHECK(cli::machine_summary(fleet()) == "5 machines, 3 active; 1 of 3 GPUs free");
  const auto notes = cli::machine_notes(fleet());
  REQUIRE(notes.size() == 2);
  CHECK(notes[0] ==
        "away: cannot connect to 10.0.0.7 port 22 (connection refused); check that the machine is "
        "on");
  CHECK(notes[1] == "ill: No devices were found");
}

TEST_CASE("a live view fits its window, and says what is cut off") {
  const auto frame = cli::live_frame(fleet(), 100, 8, "12:00:00", false);
  std::size_t breaks = 0;
  for (const char c : frame) breaks += c == '\n';
  CHECK(breaks == 7);
  CHECK(
      frame.starts_with("\x1b[H5 machines, 3 active; 1 of 3 GPUs free   12:00:00   q ends\x1b[K"));
  CHECK(frame.find("more lines") != std::string::npos);
  CHECK(frame.ends_with("\x1b[J"));
}

TEST_CASE("needs are numbers and amounts that make sense") {
  cli::NeedsArgs args;
  CHECK(cli::needs_of(args)->gpus == 0);
  args.gpu_memory = "20G";
  CHECK(cli::needs_of(args)->gpus == 1);
  CHECK(cli::needs_of(args)->gpu_memory == 20'000'000'000);
  args.gpus = 0;
  CHECK(cli::needs_of(args).error().code == Errc::usage);
  args.gpus = 2;
  CHECK(cli::needs_of(args)->gpus == 2);
  args.gpus = -1;
  CHECK(cli::needs_of(args).error().code == Errc::usage);
  args = {.gpus = 1, .gpu_memory = "much", .on = {}};
  CHECK(cli::needs_of(args).error().code == Errc::usage);
}
