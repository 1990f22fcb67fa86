#include <doctest/doctest.h>

#include <libre/probe.hpp>

#include "probe/free_gpus.hpp"

using namespace libre;

namespace {

Gpu gpu(int index, std::uint64_t total = 80'000'000'000) {
  Gpu one;
  one.index = index;
  one.uuid = "GPU-" + std::to_string(index);
  one.memory_total = total;
  one.memory_used = 4 << 20;
  one.memory_free = total - (4 << 20);
  one.utilisation = 0;
  return one;
}

MachineReport machine(const std::string& name, int gpus = 0, double load = 0.1) {
  MachineReport report;
  report.name = name;
  report.asked = true;
  report.figures.cores = 16;
  report.figures.load_1 = load;
  report.figures.disk_free = 1'000'000'000'000;
  for (int i = 0; i < gpus; ++i) report.figures.gpus.push_back(gpu(i));
  return report;
}

std::string order_of(const std::vector<MachineReport>& machines, const Needs& needs) {
  std::string names;
  for (const auto& candidate : choose(machines, needs))
    names += (candidate.fits ? "" : "!") + candidate.name + " ";
  return names;
}

bool gives(const Candidate& candidate, std::string_view reason) {
  for (const auto& one : candidate.reasons)
    if (one.find(reason) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("T21: a GPU whose memory somebody holds is not offered, though nothing runs on it") {
  Gpu held = gpu(0);
  held.users.push_back({.pid = 4242, .user = "ana", .command = "python3"});
  CHECK(why_taken(held, 0) == "process 4242 of ana uses it");
  Gpu unseen = gpu(0);  // the process is in another container
  unseen.memory_used = 30'000'000'000;
  CHECK(why_taken(unseen, 0) == "30 GB of its memory are in use");
  Gpu desktop = gpu(0);
  desktop.memory_used = 600'000'000;
  CHECK(why_taken(desktop, 0).empty());
  Gpu claimed = gpu(0);
  claimed.claimed_by = 7;
  CHECK(why_taken(claimed, 0) == "job 7 has it");
  Gpu busy = gpu(0);
  busy.utilisation = 60;
  CHECK(why_taken(busy, 0) == "something runs on it");
  Gpu divided = gpu(0);
  divided.divided = true;
  CHECK_FALSE(why_taken(divided, 0).empty());
  Gpu unknown = gpu(0);
  unknown.memory_used = unknown.memory_free = unknown.memory_total = std::nullopt;
  CHECK(why_taken(unknown, 0).empty());
  CHECK_FALSE(why_taken(unknown, 1).empty());
  CHECK(why_taken(gpu(0, 24'000'000'000), 40'000'000'000) == "only 24 GB of its memory are free");
}

TEST_CASE("a MIG instance is taken when a little of it is in use: no desktop draws with it") {
  Gpu instance = gpu(0, 5'000'000'000);
  instance.mig_instance = 0;
  instance.utilisation = std::nullopt;
  instance.memory_used = 13 << 20;
  CHECK(why_taken(instance, 0).empty());
  instance.memory_used = 600'000'000;
  CHECK(why_taken(instance, 0) == "600 MB of its memory are in use");
  instance.memory_total = 1'000'000'000;
  instance.memory_used = 90'000'000;
  CHECK(why_taken(instance, 0).empty());
  instance.memory_total = 40'000'000'000;
  instance.memory_used = 1'900'000'000;
  CHECK(why_taken(instance, 0).empty());
}

TEST_CASE("a job gets the smallest GPUs that do, and never one that is taken") {
  std::vector<Gpu> gpus = {gpu(0), gpu(1, 24'000'000'000), gpu(2, 24'000'000'000), gpu(3)};
  probe::set_claims(gpus, {{"GPU-1", 12}});
  const auto one = probe::pick_gpus(gpus, 1, 20'000'000'000);
  REQUIRE(one);
  CHECK(one->front().index == 2);
  const auto three = probe::pick_gpus(gpus, 3, 0);
  REQUIRE(three);
  CHECK(three->at(0).index == 0);
  CHECK(three->at(1).index == 2);
  CHECK(three->at(2).index == 3);
  const auto four = probe::pick_gpus(gpus, 4, 0);
  REQUIRE_FALSE(four);
  CHECK(four.error().code == Errc::busy);
  CHECK(four.error().cause == "GPU 1: job 12 has it");
  const auto five = probe::pick_gpus(gpus, 5, 0);
  REQUIRE_FALSE(five);
  CHECK(five.error().code == Errc::not_found);
  const auto large = probe::pick_gpus(gpus, 1, 100'000'000'000);
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Errc::not_found);
  CHECK(probe::pick_gpus({}, 1, 0).error().code == Errc::not_found);
}

TEST_CASE("a machine with enough free GPUs goes before one without") {
  auto full = machine("full", 2);
  for (Gpu& one : full.figures.gpus) one.claimed_by = 3;
  const Needs needs{.gpus = 1, .gpu_memory = 20'000'000'000};
  const std::vector<MachineReport> machines = {machine("cpu"), full, machine("small", 1),
                                               machine("large", 8)};
  CHECK(order_of(machines, needs) == "large small !cpu !full ");
  const auto order = choose(machines, needs);
  CHECK(gives(order[0], "8 of 8 GPUs free with 20 GB free"));
  CHECK(gives(order[2], "no GPU"));
  CHECK(gives(order[3], "GPU 0: job 3 has it"));
}

TEST_CASE("MIG instances count as GPUs for a job that wants one, and for no other") {
  auto divided = machine("divided", 1);
  divided.figures.gpus[0].divided = true;
  for (int i = 0; i < 3; ++i) {
    divided.figures.gpus.push_back(gpu(0, 10'000'000'000));
    divided.figures.gpus.back().mig_instance = i;
  }
  const auto one = choose({divided}, {.gpus = 1}).front();
  CHECK(one.fits);
  CHECK(gives(one, "3 of 3 GPUs free"));
  const auto large = choose({divided}, {.gpus = 1, .gpu_memory = 20'000'000'000}).front();
  CHECK_FALSE(large.fits);
  CHECK(gives(large, "0 of 3 GPUs free with 20 GB free; GPU 0/0: only 10 GB"));
  const auto two = choose({divided}, {.gpus = 2}).front();
  CHECK_FALSE(two.fits);
  CHECK(gives(two, "0 of 3 GPUs free; GPU 0/0: a process can have but one MIG instance"));
}

TEST_CASE(
    "who says nothing of memory is sent where a whole GPU is free, not where most pieces are") {
  auto pieces = machine("pieces", 1), whole = machine("whole", 4);
  pieces.figures.gpus[0].divided = true;
  for (int i = 0; i < 7; ++i) {
    pieces.figures.gpus.push_back(gpu(0, 10'000'000'000));
    pieces.figures.gpus.back().mig_instance = i;
  }
  CHECK(order_of({pieces, whole}, {.gpus = 1}) == "whole pieces ");
  CHECK(order_of({pieces, whole}, {.gpus = 1, .gpu_memory = 5'000'000'000}) == "pieces whole ");
  for (Gpu& one : whole.figures.gpus) one.claimed_by = 3;
  CHECK(order_of({whole, pieces}, {.gpus = 1}) == "pieces !whole ");
}

TEST_CASE("where no GPU is needed, GPUs draw nobody") {
  CHECK(order_of({machine("a", 0, 0.2), machine("b", 8, 0.4)}, {}) == "a b ");
}

TEST_CASE("data that is there outweighs load, and overload outweighs data") {
  auto with_data = machine("data", 0, 8);
  with_data.figures.found = {".", "data"};
  auto with_code = machine("code", 0, 4);
  with_code.figures.found = {"."};
  auto overloaded = machine("overloaded", 0, 40);
  overloaded.figures.found = {".", "data"};
  overloaded.figures.environment = true;
  const std::vector<MachineReport> machines = {machine("idle", 0, 0.0), overloaded, with_code,
                                               with_data};
  CHECK(order_of(machines, {}) == "data code idle overloaded ");
  CHECK(gives(choose(machines, {})[0], "its data, its code are there"));
}

TEST_CASE("a machine that is not there, or has no disk left, does not fit, and says so") {
  auto away = machine("away");
  away.problem = Error{Errc::refused, "cannot connect to 10.0.0.7 port 22"};
  auto full = machine("full");
  full.figures.disk_free = 5'000'000;
  const std::vector<MachineReport> machines = {away, full, machine("well")};
  CHECK(order_of(machines, {}) == "well !full !away ");
  CHECK(gives(choose(machines, {})[2], "refused: cannot connect to 10.0.0.7 port 22"));
  CHECK(gives(choose(machines, {})[1], "its disk is full"));
}

TEST_CASE("only machines of a matching name are chosen among") {
  const std::vector<MachineReport> machines = {machine("gpu1"), machine("cpu1"), machine("gpu2")};
  CHECK(order_of(machines, {.name_patterns = {"gpu*"}}) == "gpu1 gpu2 ");
  CHECK(order_of(machines, {.name_patterns = {"gpu2", "cpu?"}}) == "cpu1 gpu2 ");
  CHECK(order_of(machines, {.name_patterns = {"x"}}).empty());
}

TEST_CASE("equal machines keep the order of the configuration") {
  CHECK(order_of({machine("b"), machine("a"), machine("c")}, {}) == "b a c ");
}
